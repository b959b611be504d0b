//! Names that become the same.

use std::collections::HashMap;

use eve_core::{HostName, naming};

use crate::codes;
use crate::grammar::At;
use crate::language::Ingress;
use crate::model::{Declared, Model, Place};
use crate::problem::{Note, Report};

/// Reports services of one environment that would share a variable or a host.
pub(super) fn check(place: &Place, report: &mut Report) {
    let mut variables: HashMap<String, &Declared> = HashMap::new();
    let mut aliases: HashMap<&str, &Declared> = HashMap::new();
    let mut labels: HashMap<String, &Declared> = HashMap::new();
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
        if let Some(first) = labels.insert(naming::label(name.as_str()), declared) {
            let text = format!("`{name}` and `{}` would have the same name for a backend", first.name);
            report.add(Note::error(codes::NAME_COLLISION, declared.key, text).hint("rename one of them"));
        }
        let Some(alias) = alias(declared) else { continue };
        if let Some(first) = aliases.insert(&alias.value, declared) {
            let text = format!("`{name}` and `{}` have the same alias", first.name);
            report.add(Note::error(codes::NAME_COLLISION, alias.span, text).hint("choose another one"));
        }
    }
}

/// Reports aliases and hosts that several environments claim.
pub(super) fn across(model: &Model, report: &mut Report) {
    let mut aliases: HashMap<&str, &Place> = HashMap::new();
    let mut hosts: HashMap<&HostName, &Place> = HashMap::new();
    for place in &model.places {
        for host in place.services.iter().flat_map(|declared| domains(declared)) {
            match hosts.insert(&host.value, place) {
                Some(first) if first.name != place.name => {
                    let text = format!(
                        "the environments {} and {} both claim the host `{}`, and only one can have it",
                        first.name, place.name, host.value
                    );
                    let note = Note::warning(codes::NAME_COLLISION, host.span, text);
                    report.add(note.hint("override it in one of them"));
                }
                _ => {}
            }
        }
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
    ingress(declared)?.alias.as_ref()
}

fn domains(declared: &Declared) -> impl Iterator<Item = &At<HostName>> {
    ingress(declared).and_then(|ingress| ingress.domains.as_ref()).into_iter().flat_map(|at| &at.value)
}

/// The way in of a service that has one.
fn ingress(declared: &Declared) -> Option<&Ingress> {
    let service = &declared.service;
    let ingress = &service.x_eve()?.ingress.as_ref()?.value;
    let is_public = ingress.public.as_ref().is_none_or(|at| at.value);
    Some(ingress).filter(|_| is_public && !service.is_job() && service.is_made())
}
