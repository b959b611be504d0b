//! Buckets, and whatever else no backend has yet.

use std::collections::HashSet;

use crate::codes;
use crate::lower;
use crate::model::Declared;
use crate::problem::{Note, Report};

pub(super) fn check(declared: &Declared, report: &mut Report) {
    let service = &declared.service;
    if !service.is_made() {
        return;
    }
    for (key, span, why) in lower::asked(service) {
        let text = format!("{why}, so a deploy with `x-eve.{key}` is refused");
        report.add(Note::warning(codes::UNSUPPORTED, span, text));
    }
    let Some(buckets) = service.x_eve().and_then(|x| x.object_store.as_ref()?.value.buckets.as_ref()) else { return };
    if buckets.value.is_empty() {
        let note = Note::error(codes::BAD_VALUE, buckets.span, "there is no bucket in it");
        report.add(note.hint("name one, or remove `object_store`"));
    }
    let mut names = HashSet::new();
    for name in buckets.value.iter().filter_map(|at| at.value.name.as_ref()) {
        if !names.insert(&name.value) {
            let text = format!("two buckets are named `{}`", name.value.0);
            report.add(Note::error(codes::NAME_COLLISION, name.span, text).hint("rename one of them"));
        }
    }
}
