//! Workflows. Nothing runs them here: they are checked, and carried along.

use super::order::{Node, Order, unknown};
use super::{pipelines, steps, triggers};
use crate::codes;
use crate::grammar::{At, Mapping};
use crate::language::{StepCondition, Workflow, WorkflowStep, references};
use crate::model::Model;
use crate::problem::{Note, Report};

pub(super) fn check(model: &Model, report: &mut Report) {
    for (name, workflow) in model.workflows() {
        let text =
            format!("the workflow `{}` is carried along: nothing runs workflows here", name.value.escape_debug());
        report.add(Note::warning(codes::CARRIED, name.span, text));
        let keys = &workflow.keys;
        if let Some(trigger) = &keys.trigger {
            triggers::check_events(trigger, None, model, report);
        }
        pipelines::check_environment(keys.env.as_ref(), model, report);
        check_steps(name, workflow, report);
    }
}

fn check_steps(name: &At<String>, workflow: &Workflow, report: &mut Report) {
    let keys = &workflow.keys;
    let steps: Vec<&At<WorkflowStep>> = keys.steps.iter().flat_map(|at| &at.value).collect();
    if steps.is_empty() && !keys.says("$ref") && (keys.steps.is_some() || !keys.says("steps")) {
        let note = Note::error(codes::MISSING_KEY, name.span, format!("the workflow `{}` has no steps", name.value));
        report.add(note.hint("add a step under `steps`"));
    }
    let nodes = steps.iter().enumerate().map(|(i, step)| Node {
        name: step.value.name.as_ref().map_or_else(|| format!("step-{}", i + 1), |at| at.value.clone()),
        span: step.value.name.as_ref().map_or(step.span, |at| at.span),
        depends_on: step.value.depends_on.as_ref().map_or(&[], |at| &at.value),
    });
    let nodes: Vec<Node<'_>> = nodes.collect();
    let names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
    Order::checked("workflow", nodes, report);
    for step in steps {
        check_kind(step, report);
        steps::refuse_no_time(step.value.script.iter().filter_map(|at| at.value.timeout.as_ref()), report);
        if let Some(condition) = &step.value.condition {
            check_condition(&condition.value, &step.value, &names, report);
        }
        for text in step.value.texts() {
            for input in references(text, report) {
                check_input(&input, workflow, report);
            }
        }
    }
}

fn check_kind(step: &At<WorkflowStep>, report: &mut Report) {
    let kinds: Vec<&str> =
        ["agent", "script", "run", "action"].into_iter().filter(|key| step.value.says(key)).collect();
    match kinds.as_slice() {
        [] if step.value.says_others() => {}
        [] => {
            let note = Note::error(codes::MISSING_KEY, step.span, "a step needs one of `agent`, `script` and `run`");
            report.add(note.hint("write `run: [sh, -c, \"…\"]`, for example"));
        }
        [_] => {}
        several => {
            let text = format!("a step does one thing, and here are several: {}", several.join(", "));
            report.add(Note::error(codes::CONFLICT, step.span, text).hint("make several steps of it"));
        }
    }
}

fn check_condition(condition: &StepCondition, step: &WorkflowStep, names: &[String], report: &mut Report) {
    let other = &condition.step;
    if !names.contains(&other.value) {
        unknown("workflow", other, names.iter().map(String::as_str), report);
    } else if !step.depends_on.iter().flat_map(|at| &at.value).any(|need| need.value == other.value) {
        let text = format!("this step does not wait for `{}`, so it cannot know how that ends", other.value);
        let note = Note::error(codes::BAD_VALUE, other.span, text);
        report.add(note.hint(format!("add `{}` to its `depends_on`", other.value)));
    }
}

fn check_input(input: &At<String>, workflow: &Workflow, report: &mut Report) {
    let names = || workflow.keys.inputs.iter().flat_map(|at| at.value.names());
    let is_unreadable = workflow.keys.inputs.is_none() && workflow.keys.says("inputs");
    if !is_unreadable && !names().any(|name| name == input.value) {
        let text = format!("no input of this workflow is named `{}`", input.value.escape_debug());
        let note = Note::error(codes::UNKNOWN_REFERENCE, input.span, text);
        let hint = report.suggest(&input.value, names()).unwrap_or_else(|| "declare it under `inputs`".to_owned());
        report.add(note.hint(hint));
    }
}
