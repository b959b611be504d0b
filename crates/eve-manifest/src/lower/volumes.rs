//! What volumes are to be like.

use std::sync::Arc;

use eve_core::{Desired, VolumeName};

use super::service::volume_of;
use super::trace::origin;
use crate::codes;
use crate::model::Declared;
use crate::problem::{Note, Report};

/// Adds what a service says of its storage. Services that share a volume have to say the same of it, or nothing.
pub(super) fn lower(declared: &Declared, desired: &mut Desired, file: &Arc<str>, report: &mut Report) {
    let Some(at) = declared.service.x_eve().and_then(|x| x.storage.as_ref()) else { return };
    let (size, class) = (at.value.size.as_ref(), at.value.class.as_ref());
    if size.is_none() && class.is_none() {
        return;
    }
    // A name that is none was reported with the mount.
    let Ok(name) = volume_of(declared, &at.value) else { return };
    if let Some(size) = size {
        desired.origins.insert(format!("volumes.{name}.size"), origin(file, size.span));
    }
    if let Some(class) = class {
        desired.origins.insert(format!("volumes.{name}.class"), origin(file, class.span));
    }
    let spec = desired.volumes.entry(name.clone()).or_default();
    let before = spec.clone();
    spec.size = size.map(|at| at.value).or(before.size);
    spec.class = class.map(|at| at.value.clone()).or(before.class.clone());
    let differs =
        (before.size.is_some() && before.size != spec.size) || (before.class.is_some() && before.class != spec.class);
    if differs {
        report.add(conflict(&name, at.span));
    }
}

fn conflict(name: &VolumeName, span: crate::tree::Span) -> Note {
    let text = format!("two services say different things of the volume `{name}`");
    Note::error(codes::CONFLICT, span, text).hint("say it at one of them, or give each a volume of its own")
}
