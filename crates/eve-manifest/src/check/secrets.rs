//! Secrets that are declared, and those that services find as files.

use std::collections::HashSet;

use super::is_partly_read;
use crate::codes;
use crate::grammar::Mapping;
use crate::interpolation::Piece;
use crate::language::SecretUse;
use crate::model::{Declared, Model};
use crate::problem::{Note, Report};

/// Reports secrets that have to be declared and are not, and declared ones that nobody uses.
pub(super) fn check(model: &Model, report: &mut Report) {
    let names = || model.root.secrets.iter().flat_map(|at| at.value.names());
    let declared: HashSet<&str> = names().collect();
    let is_unreadable = model.root.says("secrets")
        && model.root.secrets.as_ref().is_none_or(|at| at.value.0.iter().any(|named| named.name.is_none()));
    let must_be_declared = !model.root.says("schema") && !is_unreadable;
    let mut used: HashSet<&str> = HashSet::new();
    for service in model.places.iter().flat_map(|place| &place.services) {
        used.extend(mentions(service));
        for secret in files(service) {
            let name = secret.source.value.as_str();
            used.insert(name);
            if must_be_declared && !declared.contains(name) {
                let text = format!("the secret `{name}` is not declared");
                let near = report.suggest(name, names()).filter(|hint| hint.starts_with("did"));
                let hint =
                    near.unwrap_or_else(|| format!("write `secrets: {{{name}: {{external: true}}}}` at the top"));
                report.add(Note::error(codes::UNKNOWN_REFERENCE, secret.source.span, text).hint(hint));
            }
        }
    }
    let unknown = model.places.iter().flat_map(|place| &place.services).any(|declared| {
        is_partly_read(declared, "secrets", |service| service.secrets.as_ref(), report)
            || is_partly_read(declared, "environment", |service| service.environment.as_ref(), report)
    });
    if unknown {
        return;
    }
    let steps = model.pipelines().flat_map(|(_, pipeline)| pipeline.steps.iter().flat_map(|at| &at.value));
    let required = steps.filter_map(|step| step.value.requires.as_ref()?.value.secrets.as_ref());
    used.extend(required.flat_map(|at| &at.value).map(|name| name.value.as_str()));
    used.extend(of_variables(model));
    for named in model.root.secrets.iter().flat_map(|at| &at.value.0) {
        if named.name.is_some() && !used.contains(named.text.value.as_str()) {
            let text = format!("no service uses the secret `{}`", named.text.value.escape_debug());
            report.add(Note::warning(codes::NOT_USED, named.text.span, text));
        }
    }
}

fn files(declared: &Declared) -> impl Iterator<Item = &SecretUse> {
    declared.service.secrets.iter().flat_map(|at| &at.value).map(|at| &at.value)
}

/// The secrets that pipelines, workflows and their steps give to what they run, and those that workflows require.
fn of_variables(model: &Model) -> impl Iterator<Item = &str> {
    let pipelines = model.pipelines().flat_map(|(_, pipeline)| {
        let steps = pipeline.steps.iter().flat_map(|at| &at.value).filter_map(|step| step.value.env_overrides.as_ref());
        steps.chain(&pipeline.env_overrides)
    });
    let workflows = || model.workflows().map(|(_, workflow)| &workflow.keys);
    let steps = move || workflows().flat_map(|keys| keys.steps.iter().flat_map(|at| &at.value));
    let of_steps = steps().filter_map(|step| step.value.env_overrides.as_ref());
    let required = steps().filter_map(|step| step.value.requires.as_ref()?.value.secrets.as_ref());
    let of_workflows = workflows().filter_map(|keys| keys.env_overrides.as_ref());
    let variables = pipelines.chain(of_workflows).chain(of_steps).flat_map(|at| at.value.secrets());
    variables.chain(required.flat_map(|at| &at.value).map(|name| name.value.as_str()))
}

/// The secrets that texts of a service speak of.
fn mentions(declared: &Declared) -> impl Iterator<Item = &str> {
    let variables = declared.service.environment.iter().flat_map(|at| &at.value.0.0);
    let variables = variables.filter_map(|named| named.value.as_ref());
    let elsewhere = declared.service.x_eve().and_then(|x| x.connection_url.as_ref());
    variables.chain(elsewhere).flat_map(|at| &at.value.0).filter_map(|placed| match &placed.piece {
        Piece::Secret(name) => Some(name.as_str()),
        _ => None,
    })
}
