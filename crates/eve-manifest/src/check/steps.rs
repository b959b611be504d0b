//! Steps of pipelines.

use crate::codes;
use crate::grammar::{At, Mapping, Period};
use crate::language::{Action, ActionType, Inputs, Step};
use crate::model::{Model, Place};
use crate::problem::{Note, Report};
use crate::tree::Span;

pub(super) fn check(at: &At<Step>, users: &[&Place], model: &Model, report: &mut Report) {
    let step = &at.value;
    let kinds: Vec<&str> = ["action", "script", "run", "agent"].into_iter().filter(|key| step.says(key)).collect();
    match kinds.as_slice() {
        [] if step.says_others() => {}
        [] => {
            let text = "a step needs one of `action`, `script` and `run`";
            let note = Note::error(codes::MISSING_KEY, at.span, text);
            report.add(note.hint("write `action: {type: deploy}`, for example"));
        }
        [_] => {}
        several => {
            let text = format!("a step does one thing, and here are several: {}", several.join(", "));
            report.add(Note::error(codes::CONFLICT, at.span, text).hint("make several steps of it"));
        }
    }
    if let Some((what, span)) = unbuilt(at) {
        let (note, hint) = if users.is_empty() {
            let text = format!("{what} not built yet; this pipeline is left out");
            (Note::warning(codes::NOT_USED, span, text), None)
        } else {
            let text = format!("{what} not built yet, and leaving it out would change the pipeline");
            let hint = "remove it, or the pipeline from the environment";
            (Note::error(codes::UNSUPPORTED, span, text), Some(hint.to_owned()))
        };
        report.add(note.maybe_hint(hint));
    }
    if let Some(variables) = step.env_overrides.as_ref().filter(|_| !step.runs()) {
        let text = "this step runs neither a command nor a job, so nothing finds these variables";
        report.add(Note::warning(codes::NOT_USED, variables.span, text));
    }
    check_timeout(step, report);
    check_command(step, report);
    if let Some(action) = &step.action {
        check_action(action, users, model, report);
    }
}

fn check_action(action: &At<Action>, users: &[&Place], model: &Model, report: &mut Report) {
    let Some(kind) = &action.value.kind else { return };
    let env = match &action.value.inputs {
        Inputs::Deploy(inputs) => inputs.env_name.as_ref(),
        Inputs::Job(inputs) => inputs.env_name.as_ref(),
        _ => None,
    };
    if let Some(env) = env {
        check_target(env, users, model, report);
    }
    if let Some(service) = action.value.job() {
        check_job(service, model, report);
    }
    match &action.value.inputs {
        Inputs::Build(inputs) => {
            for component in inputs.components.iter().flat_map(|at| &at.value) {
                check_component(component, model, report);
            }
        }
        Inputs::Run(inputs) if !inputs.means("command") && !inputs.means("service") && !inputs.says("command_ref") => {
            let note = Note::error(codes::MISSING_KEY, kind.span, "a run action needs the key `command`");
            report.add(note.hint("add `command` beside `type`, or `service` to run a job"));
        }
        Inputs::Run(inputs) if inputs.says("command") && inputs.says("service") => {
            let note = Note::error(codes::CONFLICT, kind.span, "`command` and `service` stand beside each other");
            report.add(note.hint("keep `service` to run a job, or `command`"));
        }
        _ if kind.value == ActionType::Notify => {
            let text = "steps of kind notify are not built yet; this step does nothing";
            report.add(Note::warning(codes::NOT_USED, kind.span, text));
        }
        _ => {}
    }
}

/// A command without a word does nothing, and is hardly meant.
fn check_command(step: &Step, report: &mut Report) {
    let of_action = step.action.as_ref().and_then(|action| match &action.value.inputs {
        Inputs::Run(inputs) => inputs.command.as_ref(),
        _ => None,
    });
    let of_script = step.script.as_ref().and_then(|script| script.value.0.run.as_ref());
    for command in of_action.into_iter().chain(of_script).chain(&step.run) {
        if command.value.0.first().is_none_or(|first| first.literal().is_some_and(|word| word.is_empty())) {
            let note = Note::error(codes::BAD_VALUE, command.span, "an empty command runs nothing");
            report.add(note.hint("write what it runs: [sh, -c, \"…\"], for example"));
        }
    }
}

/// A step that may take no time has failed before it begins.
fn check_timeout(step: &Step, report: &mut Report) {
    let of_action = step.action.as_ref().and_then(|action| match &action.value.inputs {
        Inputs::Deploy(inputs) => inputs.timeout.as_ref(),
        Inputs::Job(inputs) => inputs.timeout.as_ref(),
        Inputs::Run(inputs) => inputs.timeout.as_ref(),
        Inputs::Build(_) | Inputs::Release(_) | Inputs::Others => None,
    });
    let of_script = step.script.as_ref().and_then(|script| script.value.0.timeout.as_ref());
    refuse_no_time(of_action.into_iter().chain(of_script), report);
}

/// Reports times in which nothing can be done.
pub(super) fn refuse_no_time<'a>(times: impl IntoIterator<Item = &'a At<Period>>, report: &mut Report) {
    for timeout in times.into_iter().filter(|at| at.value.0.is_zero()) {
        let note = Note::error(codes::BAD_VALUE, timeout.span, "a step without time cannot succeed");
        report.add(note.hint("leave it out for the time that is given by default, or write how long: 5m"));
    }
}

fn check_component(component: &At<String>, model: &Model, report: &mut Report) {
    match model.places.iter().find_map(|place| place.find(&component.value)) {
        None => unknown(component, model, report),
        Some(found) if found.is_readable && !found.service.says("build") => {
            let text = format!("`{}` is not built from anything", component.value);
            report.add(Note::error(codes::BAD_VALUE, component.span, text).hint("add `build` there"));
        }
        Some(_) => {}
    }
}

fn check_job(service: &At<String>, model: &Model, report: &mut Report) {
    match model.places.iter().find_map(|place| place.find(&service.value)) {
        None => unknown(service, model, report),
        Some(found) if found.is_readable && !found.service.is_job() => {
            let note = Note::error(codes::BAD_VALUE, service.span, format!("`{}` is no job", service.value));
            report.add(note.hint("add `x-eve: {role: job}` there"));
        }
        Some(_) => {}
    }
}

/// A pipeline runs for one environment; a step cannot reach into another.
fn check_target(env: &At<String>, users: &[&Place], model: &Model, report: &mut Report) {
    let is_declared = || model.places.iter().any(|place| place.name.as_str() == env.value);
    if !model.declares_environments() || !is_declared() {
        super::pipelines::check_environment(Some(env), model, report);
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

/// What of a step this version cannot do, and where it says so. A pipeline that an environment uses does what it says,
/// or it is refused; one that nobody uses is left out.
pub(super) fn unbuilt(at: &At<Step>) -> Option<(String, Span)> {
    let step = &at.value;
    if step.says("agent") && !step.says("action") && !step.says("script") && !step.says("run") {
        return Some(("steps of kind agent are".to_owned(), at.span));
    }
    let action = step.action.as_ref()?;
    let kind = match action.value.kind.as_ref()?.value {
        ActionType::CreatePr => Some("create-pr"),
        ActionType::EnvEnsure => Some("env-ensure"),
        ActionType::EnvDelete => Some("env-delete"),
        _ => None,
    };
    if let Some(kind) = kind {
        return Some((format!("steps of kind {kind} are"), action.span));
    }
    let inputs: Vec<(&str, Option<Span>)> = match &action.value.inputs {
        Inputs::Build(inputs) => vec![
            ("git_sha", inputs.git_sha.as_ref().map(|at| at.span)),
            ("manifest_hash", inputs.manifest_hash.as_ref().map(|at| at.span)),
        ],
        Inputs::Release(inputs) => vec![
            ("build_id", inputs.build_id.as_ref().map(|at| at.span)),
            ("image_digests", inputs.image_digests.as_ref().map(|at| at.span)),
        ],
        Inputs::Deploy(inputs) => vec![("release_id", inputs.release_id.as_ref().map(|at| at.span))],
        Inputs::Job(inputs) => vec![("release_id", inputs.release_id.as_ref().map(|at| at.span))],
        Inputs::Run(_) | Inputs::Others => Vec::new(),
    };
    let (key, span) = inputs.into_iter().find_map(|(key, span)| Some((key, span?)))?;
    Some((format!("the input `{key}` is"), span))
}
