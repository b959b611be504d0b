//! What a workload is made from.

use eve_core::desired::{BuildSpec, ImageRef, Source};

use super::Trace;
use crate::check::{builds_nothing, report_outside};
use crate::grammar::At;
use crate::interpolation::{PlainText, Scope};
use crate::language::{Build, Service};
use crate::model::Model;
use crate::problem::{Note, Report};

pub(super) fn lower(
    service: &Service,
    model: &Model,
    scope: &Scope<'_>,
    trace: &mut Trace<'_>,
    report: &mut Report,
) -> Option<Source> {
    let is_made = service.image.is_none() || !builds_nothing(model);
    if let Some(build) = service.build.as_ref().filter(|_| is_made) {
        trace.value("source", Some(build.span));
        return spec(build, scope, trace, report).map(Source::Build);
    }
    let image = service.image.as_ref()?;
    trace.value("source", Some(image.span));
    let text = scope.text(&image.value, report)?;
    match ImageRef::new(text) {
        Ok(image) => Some(Source::Image(image)),
        Err(error) => {
            report.add(Note::refused(image.span, &error));
            None
        }
    }
}

fn spec(build: &At<Box<Build>>, scope: &Scope<'_>, trace: &mut Trace<'_>, report: &mut Report) -> Option<BuildSpec> {
    let written = &build.value.0;
    let context = path(written.context.as_ref()?, scope, report);
    let dockerfile = written.dockerfile.as_ref().map(|at| path(at, scope, report));
    let mut args = Some(std::collections::BTreeMap::new());
    for named in written.args.iter().flat_map(|at| &at.value.0) {
        let (Some(name), Some(value)) = (&named.name, &named.value) else { continue };
        trace.value(format!("source.args.{}", name.0), Some(value.span));
        match scope.text(&value.value, report) {
            Some(text) => _ = args.as_mut().map(|args| args.insert(name.0.clone(), text)),
            None => args = None,
        }
    }
    let mut spec = BuildSpec::new(context?);
    if let Some(dockerfile) = dockerfile {
        spec.dockerfile = Some(dockerfile?);
        trace.value("source.dockerfile", written.dockerfile.as_ref().map(|at| at.span));
    }
    spec.args = args?;
    Some(spec)
}

/// A path that stays within the project.
fn path(at: &At<PlainText>, scope: &Scope<'_>, report: &mut Report) -> Option<String> {
    let text = scope.text(&at.value, report)?;
    (!report_outside(&text, at, report)).then_some(text)
}
