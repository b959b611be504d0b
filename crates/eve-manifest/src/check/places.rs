//! Where services find what is put in place for them.

use crate::codes;
use crate::grammar::At;
use crate::language::Config;
use crate::model::{Declared, Model};
use crate::problem::{Note, Report};
use crate::tree::Span;

/// Something at a place of a service.
struct Placed<'a> {
    /// In its one spelling.
    target: &'a str,
    span: Span,
    /// True if nothing can lie within it. What is of the project may be a folder, which is known once it is read.
    is_file: bool,
}

impl Placed<'_> {
    fn is_below(&self, other: &Self) -> bool {
        self.target.strip_prefix(other.target).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// Reports folders, files, devices, configs and secrets at places that another of them has, or within a file.
pub(super) fn check(declared: &Declared, model: &Model, report: &mut Report) {
    let mut all = placed(declared, model);
    // Part by part, so that a path is followed by everything below it.
    all.sort_by(|a, b| a.target.split('/').cmp(b.target.split('/')));
    let file = report.file().to_owned();
    let place = |of: &Placed<'_>| format!("{file}:{}:{}", of.span.start.line, of.span.start.column);
    let (mut before, mut outer): (Option<&Placed<'_>>, Option<&Placed<'_>>) = (None, None);
    for placed in &all {
        let target = placed.target.escape_debug();
        if let Some(same) = before.filter(|other| other.target == placed.target) {
            let text = format!("two things cannot stand at `{target}`, where that of {} stands", place(same));
            report.add(conflict(placed.span, text));
            continue;
        }
        before = Some(placed);
        if let Some(outer) = outer.filter(|outer| placed.is_below(outer)) {
            let text = format!("`{target}` lies within the file `{}` of {}", outer.target.escape_debug(), place(outer));
            report.add(conflict(placed.span, text));
        } else if placed.is_file {
            outer = Some(placed);
        }
    }
}

fn conflict(span: Span, text: String) -> Note {
    Note::error(codes::CONFLICT, span, text).hint("give one of them another `target`")
}

/// Everything that has a place, those of each kind in the order of the text.
fn placed<'a>(declared: &'a Declared, model: &'a Model) -> Vec<Placed<'a>> {
    let (service, x) = (&declared.service, declared.service.x_eve());
    let mut out = Vec::new();
    let mut add = |target: &'a str, span: Span, is_file: bool| out.push(Placed { target, span, is_file });
    // A job has neither folders nor devices nor secrets as files: that is told elsewhere.
    let is_job = service.is_job();
    for volume in service.volumes.iter().flat_map(|at| &at.value).filter(|_| !is_job) {
        add(volume.value.target(), volume.span, false);
    }
    if let Some(At { value, span }) = x.and_then(|x| x.storage.as_ref()?.value.mount_path.as_ref()).filter(|_| !is_job)
    {
        add(&value.0, *span, false);
    }
    let files = x.and_then(|x| x.files.as_ref()).into_iter().flat_map(|at| &at.value);
    for target in files.filter_map(|file| file.value.target.as_ref()) {
        add(&target.value.0, target.span, false);
    }
    for config in service.configs.iter().flat_map(|at| &at.value) {
        if let Some(target) = &config.value.target {
            let is_file = model.config(&config.value.source.value).is_some_and(Config::is_one_file);
            add(&target.value, target.span, is_file);
        }
    }
    for device in service.devices.iter().flat_map(|at| &at.value).filter(|_| !is_job) {
        add(device.value.0.target.as_str(), device.span, false);
    }
    let secrets = service.secrets.iter().flat_map(|at| &at.value).filter(|_| !is_job);
    for target in secrets.filter_map(|secret| secret.value.target.as_ref()) {
        add(&target.value, target.span, true);
    }
    out
}
