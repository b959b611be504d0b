//! What services wait for.

use std::collections::HashMap;

use super::circle::circles;
use crate::codes;
use crate::grammar::Named;
use crate::language::{Condition, Service};
use crate::model::{Declared, Model, Place};
use crate::problem::{Note, Report};

pub(super) fn check(declared: &Declared, place: &Place, model: &Model, report: &mut Report) {
    for named in declared.service.depends_on.iter().flat_map(|at| &at.value.0.0) {
        let wanted = &named.text;
        let Some(other) = place.find(&wanted.value) else {
            if named.name.is_some() && !model.service_names().any(|name| name == wanted.value) {
                let text = format!("no service is named `{}`", wanted.value);
                let note = Note::error(codes::UNKNOWN_REFERENCE, wanted.span, text);
                report.add(note.maybe_hint(report.suggest(&wanted.value, model.service_names())));
            }
            continue;
        };
        if other.is_readable && other.service.is_made() && place.runs(declared) && !place.runs(other) {
            let text = format!(
                "`{}` does not run in `{}`, so `{}` does not wait for it there",
                other.name, place.name, declared.name
            );
            let note = Note::warning(codes::NOT_USED, wanted.span, text);
            report
                .add(note.hint(format!("add it to the `workers` of `{}`, or remove the dependency there", place.name)));
        }
        if other.is_readable {
            condition(named.value.as_ref().and_then(|at| at.value.condition.as_ref()), named, &other.service, report);
        }
    }
}

fn condition<K, T>(
    condition: Option<&crate::grammar::At<Condition>>,
    named: &Named<K, T>,
    other: &Service,
    report: &mut Report,
) {
    let span = condition.map_or(named.text.span, |at| at.span);
    let wanted = condition.map_or(Condition::Started, |at| at.value);
    let name = &named.text.value;
    match (other.is_job(), wanted) {
        (true, Condition::Started | Condition::Healthy) => report.add(
            Note::error(
                codes::BAD_VALUE,
                span,
                format!("`{name}` is a job: it can only be waited for until it has ended"),
            )
            .hint(format!("write `{name}: {{condition: service_completed_successfully}}`")),
        ),
        (false, Condition::Completed) => report.add(
            Note::error(codes::BAD_VALUE, span, format!("`{name}` runs all the time, so it is never completed"))
                .hint("write service_started or service_healthy, or make it a job with `x-eve.role: job`"),
        ),
        _ => {}
    }
}

/// Reports services that wait for each other.
pub(super) fn report_circles(place: &Place, report: &mut Report) {
    let numbers: HashMap<&str, usize> = place.services.iter().enumerate().map(|(i, d)| (d.name.as_str(), i)).collect();
    let waits = |declared: &Declared| {
        let named = declared.service.depends_on.iter().flat_map(|at| &at.value.0.0);
        named.filter_map(|named| numbers.get(named.text.value.as_str()).copied()).collect()
    };
    let needs: Vec<Vec<usize>> = place.services.iter().map(|declared| waits(declared)).collect();
    for circle in circles(&needs) {
        let names: Vec<&str> =
            circle.iter().chain(&circle[..1]).map(|number| place.services[*number].name.as_str()).collect();
        let first = &place.services[circle[0]];
        let entry = first.service.depends_on.iter().flat_map(|at| &at.value.0.0).find(|n| n.text.value == names[1]);
        let span = entry.map_or(first.key, |named| named.text.span);
        let text = format!("services wait for each other: {}", names.join(" -> "));
        report.add(Note::error(codes::CYCLE, span, text).hint("remove one of these dependencies"));
    }
}
