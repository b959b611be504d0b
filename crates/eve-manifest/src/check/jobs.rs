//! Jobs that nothing runs.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::codes;
use crate::model::{Model, Place};
use crate::problem::{Note, Report};
use crate::tree::Span;

/// Reports jobs that no pipeline of an environment runs.
pub(super) fn check(model: &Model, report: &mut Report) {
    let run = Run::by(model);
    let mut never: BTreeMap<&str, (Span, Vec<&str>)> = BTreeMap::new();
    for place in &model.places {
        for declared in place.services.iter().filter(|declared| declared.service.is_job()) {
            let job = declared.name.as_str();
            if !run.is_run(job, place) {
                let (_, places) = never.entry(job).or_insert((declared.key, Vec::new()));
                places.push(place.name.as_str());
            }
        }
    }
    for (job, (key, places)) in never {
        let text = if run.somewhere.contains(job) {
            format!("nothing runs the job `{job}` in {}", places.join(", "))
        } else {
            format!("no pipeline runs the job `{job}`")
        };
        let note = Note::warning(codes::NEVER_RUN, key, text);
        report.add(note.hint("add a step with `action: {type: job, service: …}` to the pipeline of the environment"));
    }
}

/// Which jobs are run.
#[derive(Default)]
struct Run<'a> {
    by_pipeline: HashMap<&'a str, HashSet<&'a str>>,
    /// By pipelines that no environment deploys with: somebody asks for them, in their own environment or in any.
    on_demand: HashMap<Option<&'a str>, HashSet<&'a str>>,
    somewhere: HashSet<&'a str>,
}

impl<'a> Run<'a> {
    fn by(model: &'a Model) -> Self {
        let used = model.places.iter().filter_map(|place| place.pipeline.as_ref()).map(|at| at.value.as_str());
        let used: HashSet<&str> = used.collect();
        let mut out = Self::default();
        for (name, pipeline) in model.pipelines() {
            let steps = pipeline.steps.iter().flat_map(|at| &at.value);
            let actions = steps.filter_map(|step| step.value.action.as_ref());
            let jobs = actions.filter_map(|action| action.value.job()).map(|at| at.value.as_str());
            let jobs: HashSet<&str> = jobs.collect();
            out.somewhere.extend(&jobs);
            if !used.contains(name.value.as_str()) {
                let env = pipeline.env.as_ref().map(|at| at.value.as_str());
                out.on_demand.entry(env).or_default().extend(&jobs);
            }
            out.by_pipeline.insert(&name.value, jobs);
        }
        out
    }

    fn is_run(&self, job: &str, place: &Place) -> bool {
        // What cannot be read, and is reported, may run everything.
        let own = place.pipeline.as_ref().map(|at| self.by_pipeline.get(at.value.as_str()));
        let on_demand = [None, Some(place.name.as_str())].into_iter().filter_map(|env| self.on_demand.get(&env));
        own.is_some_and(|jobs| jobs.is_none_or(|jobs| jobs.contains(job)))
            || on_demand.into_iter().any(|jobs| jobs.contains(job))
    }
}
