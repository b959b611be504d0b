//! What the manifest says to the platform as a whole.

use crate::codes;
use crate::grammar::Mapping as _;
use crate::language::{RegistryPlace, RegistryWord, Service};
use crate::model::Model;
use crate::problem::{Note, Report};

pub(super) fn check(model: &Model, report: &mut Report) {
    registry(model, report);
    if let Some(versioning) = &model.root.versioning {
        let text = "`versioning` is not used yet: releases are counted, and nothing is tagged";
        report.add(Note::warning(codes::NOT_USED, versioning.span, text));
    }
    let defaults = model.root.x_eve.as_ref().and_then(|at| at.value.defaults.as_ref());
    let Some(env) = defaults.and_then(|at| at.value.env.as_ref()) else { return };
    let names = || model.places.iter().map(|place| place.name.as_str());
    if model.declares_environments() && !names().any(|name| name == env.value) {
        let text = format!("no environment is named `{}`", env.value.escape_debug());
        let note = Note::error(codes::UNKNOWN_REFERENCE, env.span, text);
        report.add(note.maybe_hint(report.suggest(&env.value, names())));
    } else {
        let text = "`defaults.env` is kept, and not used yet: an environment is always named";
        report.add(Note::warning(codes::NOT_USED, env.span, text));
    }
}

fn registry(model: &Model, report: &mut Report) {
    let Some(at) = &model.root.registry else { return };
    let is_built = |service: &Service| service.says("build") && !service.says("image") && service.is_made();
    let builds = model.places.iter().flat_map(|place| &place.services).find(|declared| is_built(&declared.service));
    if let (RegistryPlace::Word(RegistryWord::None), Some(declared)) = (&at.value, builds) {
        let text = format!("`none` builds nothing, and `{}` is built", declared.name);
        report
            .add(Note::error(codes::CONFLICT, at.span, text).hint("remove `registry`, or give the service an `image`"));
    } else {
        let text = "`registry` is kept, and not used yet: images stay where they are built";
        report.add(Note::warning(codes::NOT_USED, at.span, text));
    }
    if let RegistryPlace::Mapping(mapping) = &at.value
        && let Some(host) = &mapping.host
        && !is_host(&host.value)
    {
        let note = Note::error(codes::BAD_VALUE, host.span, format!("`{}` is no host", host.value.escape_debug()));
        report.add(note.hint("write the host alone, with its port where it needs one: registry.example.org:5000"));
    }
}

/// A name of a host, with a port or without.
fn is_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    eve_core::HostName::new(host).is_ok() && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}
