//! Configs as files.

use eve_core::SourcePath;
use eve_core::desired::FileMount;

use super::Trace;
use crate::interpolation::Scope;
use crate::language::{ConfigSource, ConfigUse};
use crate::model::{Declared, Model};
use crate::problem::{Note, Report};

/// Puts the configs of a service or job beside its other files. Variables in them mean what they mean in the service.
pub(super) fn lower(
    declared: &Declared,
    model: &Model,
    scope: &Scope<'_>,
    files: &mut Vec<FileMount>,
    trace: &mut Trace<'_>,
    report: &mut Report,
) {
    for wanted in declared.service.configs.iter().flat_map(|at| &at.value) {
        let ConfigUse { source, target: Some(target) } = &wanted.value else { continue };
        let Some(held) = model.config(&source.value).and_then(|config| config.source.as_ref()) else { continue };
        trace.value(format!("files.{}", files.len()), Some(wanted.span));
        files.extend(mount(held, target.value.clone(), scope, report));
    }
}

/// The file; none if what it holds has no value, which is reported.
fn mount(held: &ConfigSource, target: String, scope: &Scope<'_>, report: &mut Report) -> Option<FileMount> {
    match held {
        ConfigSource::Text(text) => scope.text(text, report).map(|text| FileMount::text(text, target)),
        ConfigSource::Variable(name) => {
            scope.value_of(name.value.as_str(), name.span, report).map(|text| FileMount::text(text, target))
        }
        ConfigSource::File(path) => match SourcePath::new(path.value.0.clone()) {
            Ok(source) => Some(FileMount::new(source, target)),
            Err(error) => {
                report.add(Note::refused(path.span, &error));
                None
            }
        },
    }
}
