//! Environments themselves.

use std::collections::HashSet;

use crate::codes;
use crate::language::{EnvironmentKind, EnvironmentType, Role};
use crate::model::{Model, Place};
use crate::problem::{Note, Report};

/// Reports what an environment says and nobody asks for.
pub(super) fn check(model: &Model, report: &mut Report) {
    for place in &model.places {
        let Some(environment) = &place.said else { continue };
        let life = environment.kind_of_life.as_ref().filter(|at| at.value != EnvironmentType::Persistent);
        let kind = environment.kind.as_ref().filter(|at| at.value != EnvironmentKind::Standard);
        let kept = [
            ("type", life.map(|at| at.span)),
            ("kind", kind.map(|at| at.span)),
            ("labels", environment.labels.as_ref().map(|at| at.span)),
            ("branch", environment.branch.as_ref().map(|at| at.span)),
            ("auto_deploy", environment.auto_deploy.as_ref().map(|at| at.span)),
            ("pipeline_inputs", environment.pipeline_inputs.as_ref().map(|at| at.span)),
        ];
        for (key, span) in kept {
            if let Some(span) = span {
                let text = format!("`{key}` is kept, and not used yet");
                report.add(Note::warning(codes::NOT_USED, span, text));
            }
        }
        check_workers(place, model, report);
    }
}

fn check_workers(place: &Place, model: &Model, report: &mut Report) {
    let Some(workers) = place.workers() else { return };
    let mut seen = HashSet::new();
    // Whom a name that is none was meant for is not known.
    let mut all_are_known = workers.iter().all(|at| at.value.service.is_some());
    for name in workers.iter().filter_map(|at| at.value.service.as_ref()) {
        let Some(declared) = place.find(&name.value) else {
            let text = format!("no service is named `{}`", name.value.escape_debug());
            let note = Note::error(codes::UNKNOWN_REFERENCE, name.span, text);
            report.add(note.maybe_hint(report.suggest(&name.value, model.service_names())));
            all_are_known = false;
            continue;
        };
        if declared.service.role() != Role::Worker {
            all_are_known = false;
            let text = format!("`{}` is no worker", name.value);
            report.add(
                Note::error(codes::BAD_VALUE, name.span, text).hint("write `x-eve: {role: worker}` at the service"),
            );
        } else if !seen.insert(&name.value) {
            let text = format!("the worker `{}` stands twice", name.value);
            report
                .add(Note::error(codes::CONFLICT, name.span, text).hint("remove one of them, and set its `replicas`"));
        }
    }
    for left_out in place.services.iter().filter(|declared| all_are_known && !place.runs(declared)) {
        let text =
            format!("the worker `{}` does not run in {}, whose `workers` leave it out", left_out.name, place.name);
        report.add(Note::warning(codes::NOT_USED, left_out.key, text));
    }
}
