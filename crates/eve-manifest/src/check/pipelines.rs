//! Pipelines and their steps.

use super::order::{Node, Order};
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
    for (name, pipeline) in model.pipelines() {
        let users: Vec<&Place> =
            model.places.iter().filter(|p| p.pipeline.as_ref().is_some_and(|at| at.value == name.value)).collect();
        check_pipeline(name, pipeline, &users, model, report);
    }
}

/// True if a pipeline has a step that this version cannot run as it is written, and no environment needs it.
pub(crate) fn is_left_out(pipeline: &Pipeline) -> bool {
    steps_of(pipeline).any(|step| steps::unbuilt(step).is_some())
}

/// The steps with their names and what they wait for.
pub(super) fn nodes<'p>(pipeline: &'p Pipeline) -> Vec<Node<'p>> {
    let node = |(i, step): (usize, &'p At<Step>)| Node {
        name: step.value.name_at(i),
        span: step.value.name.as_ref().map_or(step.span, |at| at.span),
        depends_on: step.value.depends_on.as_ref().map_or(&[], |at| &at.value),
    };
    steps_of(pipeline).enumerate().map(node).collect()
}

fn steps_of(pipeline: &Pipeline) -> impl Iterator<Item = &At<Step>> {
    pipeline.steps.iter().flat_map(|at| &at.value)
}

fn check_pipeline(name: &At<String>, pipeline: &Pipeline, users: &[&Place], model: &Model, report: &mut Report) {
    triggers::check(name, pipeline, model, report);
    check_environment(pipeline.env.as_ref(), model, report);
    kept(pipeline, report);
    if pipeline.steps.as_ref().is_some_and(|at| at.value.is_empty()) {
        let text = format!("the pipeline `{}` has no steps", name.value);
        report.add(Note::error(codes::BAD_VALUE, name.span, text).hint("add a step"));
    }
    for step in steps_of(pipeline) {
        steps::check(step, users, model, report);
    }
    Order::checked("pipeline", nodes(pipeline), report);
    if let Some(at) = &pipeline.env_overrides
        && !steps_of(pipeline).any(|step| step.value.runs())
    {
        let text = format!("no step of `{}` runs a command or a job, so nothing finds these variables", name.value);
        report.add(Note::warning(codes::NOT_USED, at.span, text));
    }
}

/// What nobody asks for yet.
fn kept(pipeline: &Pipeline, report: &mut Report) {
    let kept = [
        ("env", pipeline.env.as_ref().map(|at| at.span)),
        ("wait_timeout", pipeline.wait_timeout.as_ref().map(|at| at.span)),
    ];
    for (key, span) in kept.into_iter().filter_map(|(key, span)| Some((key, span?))) {
        if report.has_error_within(span) {
            continue;
        }
        let text = format!("`{key}` is kept, and not used yet");
        report.add(Note::warning(codes::NOT_USED, span, text));
    }
}

/// Reports an environment that is not there.
pub(super) fn check_environment(env: Option<&At<String>>, model: &Model, report: &mut Report) {
    let Some(env) = env.filter(|_| model.declares_environments()) else { return };
    let names = || model.places.iter().map(|place| place.name.as_str());
    if !names().any(|name| name == env.value) {
        let text = format!("no environment is named `{}`", env.value.escape_debug());
        let note = Note::error(codes::UNKNOWN_REFERENCE, env.span, text);
        report.add(note.maybe_hint(report.suggest(&env.value, names())));
    }
}
