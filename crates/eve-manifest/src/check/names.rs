//! Names that become the same.

use std::collections::HashMap;

use crate::codes;
use crate::grammar::At;
use crate::model::{Declared, Model, Place};
use crate::problem::{Note, Report};

/// Reports services of one environment that would share a variable or a host.
pub(super) fn check(place: &Place, report: &mut Report) {
    let mut variables: HashMap<String, &Declared> = HashMap::new();
    let mut aliases: HashMap<&str, &Declared> = HashMap::new();
    for declared in &place.services {
        let name = &declared.name;
        let variable: String = name
            .as_str()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        if let Some(first) = variables.insert(variable.clone(), declared) {
            let text = format!("`{name}` and `{}` would share the variable EVE_SERVICE_{variable}_URL", first.name);
            report.add(Note::error(codes::NAME_COLLISION, declared.key, text).hint("rename one of them"));
        }
        let Some(alias) = alias(declared) else { continue };
        if let Some(first) = aliases.insert(&alias.value, declared) {
            let text = format!("`{name}` and `{}` have the same alias", first.name);
            report.add(Note::error(codes::NAME_COLLISION, alias.span, text).hint("choose another one"));
        }
    }
}

/// Reports aliases that several environments claim.
pub(super) fn across(model: &Model, report: &mut Report) {
    let mut aliases: HashMap<&str, &Place> = HashMap::new();
    for place in &model.places {
        for alias in place.services.iter().filter_map(|declared| alias(declared)) {
            match aliases.insert(&alias.value, place) {
                Some(first) if first.name != place.name => {
                    let text = format!(
                        "the environments {} and {} both claim the alias `{}`, and only one can have it",
                        first.name, place.name, alias.value
                    );
                    let note = Note::warning(codes::NAME_COLLISION, alias.span, text);
                    report.add(note.hint("override it in one of them"));
                }
                _ => {}
            }
        }
    }
}

fn alias(declared: &Declared) -> Option<&At<String>> {
    let ingress = declared.service.x_eve().and_then(|x| x.ingress.as_ref())?;
    let public = ingress.value.public.as_ref().is_none_or(|at| at.value);
    ingress.value.alias.as_ref().filter(|_| public && !declared.service.is_job())
}
