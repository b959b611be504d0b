//! Volumes that are declared.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::is_partly_read;
use crate::codes;
use crate::language::AccessMode;
use crate::model::{Declared, Model, Place};
use crate::problem::{Note, Report};
use crate::tree::Span;

/// Reports volumes that no service mounts.
pub(super) fn check(model: &Model, report: &mut Report) {
    let mut services = model.places.iter().flat_map(|place| &place.services);
    if services.any(|declared| is_partly_read(declared, "volumes", |service| service.volumes.as_ref(), report)) {
        return;
    }
    for declared in model.root.volumes.iter().flat_map(|at| &at.value.0) {
        let services = model.places.iter().flat_map(|place| &place.services);
        let mounts = services.flat_map(|service| service.service.volumes.iter().flat_map(|at| &at.value));
        let is_mounted =
            mounts.filter_map(|mount| mount.value.named()).any(|mount| mount.volume.as_str() == declared.text.value);
        if declared.name.is_some() && !is_mounted {
            let text = format!("no service mounts the volume `{}`", declared.text.value.escape_debug());
            report.add(Note::warning(codes::NOT_USED, declared.text.span, text));
        }
    }
}

/// A service that holds a volume.
struct Holder<'a> {
    declared: &'a Declared,
    span: Span,
    alone: bool,
}

/// Reports volumes that one may hold, and several do.
pub(super) fn across(place: &Place, report: &mut Report) {
    let mut holders: BTreeMap<Cow<'_, str>, Vec<Holder<'_>>> = BTreeMap::new();
    let runs = |declared: &&Declared| !declared.service.is_job() && declared.service.is_made() && place.runs(declared);
    for declared in place.services.iter().map(AsRef::as_ref).filter(runs) {
        for volume in declared.service.volumes.iter().flat_map(|at| &at.value) {
            let Some(mount) = volume.value.named() else { continue };
            let name = Cow::Owned(mount.volume.as_str().to_owned());
            holders.entry(name).or_default().push(Holder { declared, span: volume.span, alone: mount.single_writer });
        }
        if declared.service.usual_folder().is_some() {
            let name = Cow::Owned(format!("{}-data", declared.name));
            holders.entry(name).or_default().push(Holder { declared, span: declared.key, alone: true });
        }
        let Some(storage) = declared.service.x_eve().and_then(|x| x.storage.as_ref()) else { continue };
        let said = storage.value.name.as_ref().map(|at| at.value.as_str());
        let name = said.map_or_else(|| Cow::Owned(format!("{}-data", declared.name)), Cow::Borrowed);
        let alone = storage.value.access_mode.as_ref().is_none_or(|at| at.value == AccessMode::Once);
        holders.entry(name).or_default().push(Holder { declared, span: storage.span, alone });
    }
    for (volume, holders) in holders.iter().filter(|(_, holders)| holders.iter().any(|one| one.alone)) {
        let first = &holders[0].declared.name;
        if let Some(second) = holders.iter().find(|one| one.declared.name != *first) {
            let text = format!("one may hold the volume `{volume}`, and `{first}` and `{}` do", second.declared.name);
            let note = Note::error(codes::CONFLICT, second.span, text);
            report
                .add(note.hint("write `access_mode: ReadWriteMany` at each of them, or give each a volume of its own"));
        }
    }
}
