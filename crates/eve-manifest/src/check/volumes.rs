//! Volumes that are declared.

use crate::codes;
use crate::model::Model;
use crate::problem::{Note, Report};

/// Reports volumes that no service mounts.
pub(super) fn check(model: &Model, report: &mut Report) {
    for declared in model.root.volumes.iter().flat_map(|at| &at.value.0) {
        let services = model.places.iter().flat_map(|place| &place.services);
        let mounts = services.flat_map(|service| service.service.volumes.iter().flat_map(|at| &at.value));
        if !mounts.filter_map(|mount| mount.value.named()).any(|mount| mount.volume.as_str() == declared.text.value) {
            let text = format!("no service mounts the volume `{}`", declared.text.value.escape_debug());
            report.add(Note::warning(codes::NOT_USED, declared.text.span, text));
        }
    }
}
