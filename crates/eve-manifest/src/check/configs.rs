//! Configs that are declared, and those that services find as files.

use std::collections::HashSet;

use super::is_partly_read;
use crate::codes;
use crate::grammar::Mapping;
use crate::model::Model;
use crate::problem::{Note, Report};

/// Reports configs that are not declared, and declared ones that nobody uses.
pub(super) fn check(model: &Model, report: &mut Report) {
    let is_unreadable = model.root.says("configs")
        && model.root.configs.as_ref().is_none_or(|at| at.value.0.iter().any(|named| named.name.is_none()));
    let mut used: HashSet<&str> = HashSet::new();
    let services = model.places.iter().flat_map(|place| &place.services);
    for config in services.flat_map(|declared| declared.service.configs.iter().flat_map(|at| &at.value)) {
        let source = &config.value.source;
        let name = source.value.as_str();
        used.insert(name);
        if !is_unreadable && !model.declares_config(&source.value) {
            let text = format!("the config `{name}` is not declared");
            let near = report.suggest(name, model.config_names()).filter(|hint| hint.starts_with("did"));
            let hint = near.unwrap_or_else(|| format!("write `configs: {{{name}: {{content: …}}}}` at the top"));
            report.add(Note::error(codes::UNKNOWN_REFERENCE, source.span, text).hint(hint));
        }
    }
    let mut services = model.places.iter().flat_map(|place| &place.services);
    if services.any(|declared| is_partly_read(declared, "configs", |service| service.configs.as_ref(), report)) {
        return;
    }
    for named in model.root.configs.iter().flat_map(|at| &at.value.0) {
        if named.name.is_some() && !used.contains(named.text.value.as_str()) {
            let text = format!("no service uses the config `{}`", named.text.value.escape_debug());
            report.add(Note::warning(codes::NOT_USED, named.text.span, text));
        }
    }
}
