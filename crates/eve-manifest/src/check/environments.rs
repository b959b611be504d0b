//! Environments themselves.

use crate::codes;
use crate::language::{EnvironmentKind, EnvironmentType};
use crate::model::Model;
use crate::problem::{Note, Report};

/// Reports what an environment says and nobody asks for.
pub(super) fn check(model: &Model, report: &mut Report) {
    for named in model.root.environments.iter().flat_map(|at| &at.value.0) {
        let Some(environment) = named.value.as_ref().map(|at| &at.value) else { continue };
        let life = environment.kind_of_life.as_ref().filter(|at| at.value != EnvironmentType::Persistent);
        let kind = environment.kind.as_ref().filter(|at| at.value != EnvironmentKind::Standard);
        let carried = [
            ("type", life.map(|at| at.span)),
            ("kind", kind.map(|at| at.span)),
            ("labels", environment.labels.as_ref().map(|at| at.span)),
        ];
        for (key, span) in carried {
            if let Some(span) = span {
                let text = format!("`{key}` is carried along and not used yet");
                report.add(Note::warning(codes::NOT_USED, span, text));
            }
        }
    }
}
