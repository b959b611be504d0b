//! What services are made from.

use eve_core::desired::ImageRef;

use crate::codes;
use crate::grammar::{At, Dialect, Mapping};
use crate::interpolation::PlainText;
use crate::language::{RegistryPlace, RegistryWord, Service, outside};
use crate::model::{Declared, Model};
use crate::problem::{Note, Report};

pub(super) fn check(declared: &Declared, model: &Model, report: &mut Report) {
    let service = &declared.service;
    if !service.is_made() {
        return;
    }
    both(service, model, report);
    if let Some(image) = &service.image {
        check_image(image, service, model, report);
    }
    if let Some(dir) = &service.working_dir {
        check_working_dir(dir, service, report);
    }
    let Some(build) = service.build.as_ref().map(|at| &at.value.0) else { return };
    for path in [&build.context, &build.dockerfile].into_iter().flatten() {
        if let Some(text) = path.value.literal() {
            report_outside(&text, path, report);
        }
    }
}

/// True if the manifest says that nothing is built.
pub(crate) fn builds_nothing(model: &Model) -> bool {
    let registry = model.root.registry.as_ref().map(|at| &at.value);
    matches!(registry, Some(RegistryPlace::Word(RegistryWord::None)))
}

/// What `image` and `build` mean beside each other.
fn both(service: &Service, model: &Model, report: &mut Report) {
    let (Some(image), Some(build)) = (&service.image, &service.build) else { return };
    let (span, text) = if builds_nothing(model) {
        (build.span, "`build` is not used: `registry: none` builds nothing, and `image` says what runs")
    } else {
        (image.span, "`image` is not used yet where `build` stands beside it: what is built has a name of its own")
    };
    report.add(Note::warning(codes::NOT_USED, span, text));
}

/// A folder within what was built may be relative. In an image it may not, and out of either nothing leads.
fn check_working_dir(dir: &At<PlainText>, service: &Service, report: &mut Report) {
    let Some(text) = dir.value.literal() else { return };
    let leads_out = text.is_empty() || text.split('/').any(|part| part == "..");
    if leads_out || !text.starts_with('/') && !service.says("build") {
        let note = Note::error(codes::BAD_VALUE, dir.span, format!("nothing can start in `{}`", text.escape_debug()));
        report.add(note.hint("write an absolute path without `..`, such as /srv/app"));
    }
}

/// A name with variables is looked at once they have values.
fn check_image(image: &At<PlainText>, service: &Service, model: &Model, report: &mut Report) {
    let Some(text) = image.value.literal() else { return };
    match ImageRef::new(text) {
        Err(error) => report.add(Note::refused(image.span, &error)),
        Ok(name) if name.is_untagged() && model.dialect() == Dialect::Eve && !service.says("build") => {
            let text = format!("`{name}` has no tag, so which image that is changes with time");
            report.add(Note::warning(codes::UNTAGGED, image.span, text).hint(format!("write `{name}:…`")));
        }
        Ok(_) => {}
    }
}

/// Reports a path that leads out of the project. True if it does.
pub(crate) fn report_outside(text: &str, at: &At<PlainText>, report: &mut Report) -> bool {
    let leads_out = outside(text);
    if leads_out {
        let text = if text.is_empty() {
            "an empty path leads nowhere".to_owned()
        } else if text.contains(':') {
            format!("`{}` is no path of the project, and nothing is fetched from elsewhere", text.escape_debug())
        } else {
            format!("`{}` leads out of the project", text.escape_debug())
        };
        let note = Note::error(codes::CONTEXT_ESCAPE, at.span, text);
        report.add(note.hint("write a path relative to the project's root"));
    }
    leads_out
}
