//! Jobs that nothing runs.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::codes;
use crate::model::{Model, Place};
use crate::problem::{Note, Report};
use crate::tree::Span;

/// Reports jobs that no pipeline of an environment runs.
pub(super) fn check(model: &Model, report: &mut Report) {
    let run: HashMap<&str, HashSet<&str>> = model
        .pipelines()
        .map(|(name, pipeline)| {
            let actions = pipeline.steps.iter().flat_map(|at| &at.value).filter_map(|step| step.value.action.as_ref());
            (name.value.as_str(), actions.filter_map(|action| action.value.job()).map(|at| at.value.as_str()).collect())
        })
        .collect();
    // What cannot be read, and is reported, may run everything.
    let runs = |place: &Place, job: &str| {
        place.pipeline.as_ref().is_some_and(|at| run.get(at.value.as_str()).is_none_or(|jobs| jobs.contains(job)))
    };
    let mut never: BTreeMap<&str, (Span, Vec<&str>)> = BTreeMap::new();
    for place in &model.places {
        for declared in place.services.iter().filter(|declared| declared.service.is_job()) {
            if !runs(place, declared.name.as_str()) {
                let (_, places) = never.entry(declared.name.as_str()).or_insert((declared.key, Vec::new()));
                places.push(place.name.as_str());
            }
        }
    }
    for (job, (key, places)) in never {
        let text = if run.values().any(|jobs| jobs.contains(job)) {
            format!("nothing runs the job `{job}` in {}", places.join(", "))
        } else {
            format!("no pipeline runs the job `{job}`")
        };
        let note = Note::warning(codes::NEVER_RUN, key, text);
        report.add(note.hint("add a step with `action: {type: job, service: …}` to the pipeline of the environment"));
    }
}
