//! Steps of pipelines.

use crate::codes;
use crate::grammar::{At, Mapping};
use crate::language::{Action, ActionType, Step};
use crate::model::{Model, Place};
use crate::problem::{Note, Report};
use crate::tree::Span;

pub(super) fn check(step: &Step, span: Span, users: &[&Place], model: &Model, report: &mut Report) {
    let kinds: Vec<&str> = ["action", "script", "run", "agent"].into_iter().filter(|key| step.says(key)).collect();
    match kinds.as_slice() {
        [] => {
            let text = "a step needs one of `action`, `script` and `run`";
            report.add(Note::error(codes::MISSING_KEY, span, text).hint("write `action: {type: deploy}`, for example"));
        }
        [_] => {}
        several => {
            let text = format!("a step does one thing, and here are several: {}", several.join(", "));
            report.add(Note::error(codes::CONFLICT, span, text).hint("make several steps of it"));
        }
    }
    if let Some(what) = unbuilt(step)
        && !users.is_empty()
    {
        let text = format!("steps of kind {what} are not built yet, and leaving one out would change the pipeline");
        let note = Note::error(codes::UNSUPPORTED, step.action.as_ref().map_or(span, |at| at.span), text);
        report.add(note.hint("remove the step, or the pipeline from the environment"));
    } else if let Some(what) = unbuilt(step) {
        let text = format!("steps of kind {what} are not built yet; this pipeline is left out");
        report.add(Note::warning(codes::NOT_USED, step.action.as_ref().map_or(span, |at| at.span), text));
    }
    if let Some(action) = &step.action {
        check_action(action, users, model, report);
    }
}

fn check_action(action: &At<Action>, users: &[&Place], model: &Model, report: &mut Report) {
    let inputs = &action.value;
    let Some(kind) = inputs.kind.as_ref() else { return };
    for component in inputs.components.iter().flat_map(|at| &at.value) {
        match model.places.iter().find_map(|place| place.find(&component.value)) {
            None => unknown(component, model, report),
            Some(found) if found.is_readable && !found.service.says("build") => {
                let text = format!("`{}` is not built from anything", component.value);
                report.add(Note::error(codes::BAD_VALUE, component.span, text).hint("add `build` there"));
            }
            Some(_) => {}
        }
    }
    if let Some(service) = &inputs.service {
        match model.places.iter().find_map(|place| place.find(&service.value)) {
            None => unknown(service, model, report),
            Some(found) if found.is_readable && !found.service.is_job() => {
                let note = Note::error(codes::BAD_VALUE, service.span, format!("`{}` is no job", service.value));
                report.add(note.hint("add `x-eve: {role: job}` there"));
            }
            Some(_) => {}
        }
    }
    match kind.value {
        ActionType::Notify => {
            let text = "steps of kind notify are not built yet; this step does nothing";
            report.add(Note::warning(codes::NOT_USED, kind.span, text));
        }
        ActionType::Job if !inputs.says("service") => missing("service", "job", kind.span, report),
        ActionType::Run if !inputs.says("command") && !inputs.says("service") => {
            missing("command", "run", kind.span, report);
        }
        ActionType::Run if inputs.says("command") && inputs.says("service") => {
            let note = Note::error(codes::CONFLICT, kind.span, "`command` and `service` stand beside each other");
            report.add(note.hint("keep `service` to run a job, or `command`"));
        }
        _ => {}
    }
    misplaced(action, kind.value, report);
    if let Some(env) = &inputs.env_name {
        check_target(env, users, model, report);
    }
}

/// Inputs of other actions.
fn misplaced(action: &At<Action>, kind: ActionType, report: &mut Report) {
    let inputs = &action.value;
    let given = [
        ("components", inputs.components.as_ref().map(|at| at.span), kind == ActionType::Build),
        ("service", inputs.service.as_ref().map(|at| at.span), matches!(kind, ActionType::Job | ActionType::Run)),
        ("command", inputs.command.as_ref().map(|at| at.span), kind == ActionType::Run),
        ("env_name", inputs.env_name.as_ref().map(|at| at.span), reaches(kind)),
    ];
    for (key, span, fits) in given {
        if let (Some(span), false) = (span, fits) {
            let text = format!("this action has no input `{key}`, so it is not used");
            report.add(Note::warning(codes::NOT_USED, span, text));
        }
    }
}

/// True for actions that say which environment they are for.
fn reaches(kind: ActionType) -> bool {
    matches!(kind, ActionType::Deploy | ActionType::Job | ActionType::EnvEnsure | ActionType::EnvDelete)
}

/// A pipeline runs for one environment; a step cannot reach into another.
fn check_target(env: &At<String>, users: &[&Place], model: &Model, report: &mut Report) {
    if !model.declares_environments() {
        return;
    }
    let names = || model.places.iter().map(|place| place.name.as_str());
    if !names().any(|name| name == env.value) {
        let note = Note::error(
            codes::UNKNOWN_REFERENCE,
            env.span,
            format!("no environment is named `{}`", env.value.escape_debug()),
        );
        report.add(note.maybe_hint(report.suggest(&env.value, names())));
    } else if let Some(other) = users.iter().find(|place| place.name.as_str() != env.value) {
        let text = format!("this reaches into `{}`, and `{}` runs the pipeline too", env.value, other.name);
        let note = Note::error(codes::UNSUPPORTED, env.span, text);
        report.add(note.hint("remove `env_name`: a step works on the environment that its run is for"));
    }
}

fn unknown(name: &At<String>, model: &Model, report: &mut Report) {
    if model.service_names().any(|known| known == name.value) {
        return;
    }
    let text = format!("no service is named `{}`", name.value.escape_debug());
    let note = Note::error(codes::UNKNOWN_REFERENCE, name.span, text);
    report.add(note.maybe_hint(report.suggest(&name.value, model.service_names())));
}

fn missing(key: &str, kind: &str, span: Span, report: &mut Report) {
    let text = format!("an action of type {kind} needs the key `{key}`");
    report.add(Note::error(codes::MISSING_KEY, span, text).hint(format!("add `{key}` beside `type`")));
}

/// The kind of a step that this version cannot run and must not leave out.
pub(super) fn unbuilt(step: &Step) -> Option<&'static str> {
    if step.says("agent") && !step.says("action") && !step.says("script") && !step.says("run") {
        return Some("agent");
    }
    match step.action.as_ref()?.value.kind.as_ref()?.value {
        ActionType::CreatePr => Some("create-pr"),
        ActionType::EnvEnsure => Some("env-ensure"),
        ActionType::EnvDelete => Some("env-delete"),
        _ => None,
    }
}
