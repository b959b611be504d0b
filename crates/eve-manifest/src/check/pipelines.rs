//! Pipelines, their steps, and who runs them.

use std::collections::{HashMap, HashSet};

use eve_core::StepName;

use super::circle::circles;
use super::{steps, triggers};
use crate::codes;
use crate::grammar::At;
use crate::language::{Pipeline, Step};
use crate::model::{Model, Place};
use crate::problem::{Note, Report};

pub(super) fn check(model: &Model, report: &mut Report) {
    for place in &model.places {
        if let Some(pipeline) = &place.pipeline
            && !model.pipeline_names().any(|name| name == pipeline.value)
        {
            let text = format!("no pipeline is named `{}`", pipeline.value.escape_debug());
            let note = Note::error(codes::UNKNOWN_REFERENCE, pipeline.span, text);
            report.add(note.maybe_hint(report.suggest(&pipeline.value, model.pipeline_names())));
        }
    }
    let mut run: HashSet<&str> = HashSet::new();
    for (name, pipeline) in model.pipelines() {
        let users: Vec<&Place> =
            model.places.iter().filter(|p| p.pipeline.as_ref().is_some_and(|at| at.value == name.value)).collect();
        check_pipeline(name, pipeline, &users, model, report);
        let actions = named(pipeline).filter_map(|(_, step)| step.value.action.as_ref());
        run.extend(actions.filter_map(|action| action.value.service.as_ref()).map(|at| at.value.as_str()));
    }
    for declared in model.places.iter().flat_map(|place| &place.services) {
        if declared.service.is_job() && !run.contains(declared.name.as_str()) {
            let text = format!("no pipeline runs the job `{}`", declared.name);
            let note = Note::warning(codes::NEVER_RUN, declared.key, text);
            report.add(note.hint("add a step with `action: {type: job, service: …}`"));
        }
    }
}

/// True if a pipeline has a step that this version cannot run and no environment needs it.
pub(crate) fn is_left_out(pipeline: &Pipeline) -> bool {
    named(pipeline).any(|(_, step)| steps::unbuilt(&step.value).is_some())
}

/// The steps with their names.
fn named(pipeline: &Pipeline) -> impl Iterator<Item = (String, &At<Step>)> {
    pipeline.steps.iter().flat_map(|at| &at.value).enumerate().map(|(i, step)| (step.value.name_at(i), step))
}

fn check_pipeline(name: &At<String>, pipeline: &Pipeline, users: &[&Place], model: &Model, report: &mut Report) {
    triggers::check(name, pipeline, model, report);
    triggers::check_environment(pipeline, model, report);
    let all: Vec<(String, &At<Step>)> = named(pipeline).collect();
    if all.is_empty() && pipeline.steps.is_some() {
        let text = format!("the pipeline `{}` has no steps", name.value);
        report.add(Note::error(codes::BAD_VALUE, name.span, text).hint("add a step"));
    }
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (i, (step_name, step)) in all.iter().enumerate() {
        let span = step.value.name.as_ref().map_or(step.span, |at| at.span);
        if let Err(error) = StepName::new(step_name.clone()) {
            report.add(Note::refused(span, &error));
        }
        if numbers.insert(step_name, i).is_some() {
            let text = format!("two steps are named `{step_name}`");
            report.add(Note::error(codes::NAME_COLLISION, span, text).hint("rename one of them"));
        }
        steps::check(&step.value, step.span, users, model, report);
    }
    let mut needs: Vec<Vec<usize>> = Vec::new();
    for (_, step) in &all {
        let mut wanted = Vec::new();
        for need in step.value.depends_on.iter().flat_map(|at| &at.value) {
            if let Some(number) = numbers.get(need.value.as_str()) {
                wanted.push(*number);
                continue;
            }
            let text = format!("no step of this pipeline is named `{}`", need.value.escape_debug());
            let note = Note::error(codes::UNKNOWN_REFERENCE, need.span, text);
            report.add(note.maybe_hint(report.suggest(&need.value, numbers.keys().copied())));
        }
        needs.push(wanted);
    }
    for circle in circles(&needs) {
        let names: Vec<&str> = circle.iter().chain(&circle[..1]).map(|number| all[*number].0.as_str()).collect();
        let first = &all[circle[0]].1.value;
        let need = first.depends_on.iter().flat_map(|at| &at.value).find(|need| need.value == names[1]);
        let text = format!("steps wait for each other: {}", names.join(" -> "));
        let note = Note::error(codes::CYCLE, need.map_or(name.span, |need| need.span), text);
        report.add(note.hint("remove one of these dependencies"));
    }
}
