//! What starts pipelines by themselves.

use crate::codes;
use crate::grammar::{At, Mapping};
use crate::language::{ActionType, Github, GithubEvent, Pipeline, SystemEvent, Trigger};
use crate::model::Model;
use crate::problem::{Note, Report};

/// The keys of a trigger, in the order in which the first one counts elsewhere.
const KINDS: [&str; 8] = ["github", "slack", "system", "cron", "app", "app_link", "event", "manual"];
/// What the platform tells of itself.
const SYSTEM: [&str; 11] = [
    "job.failed",
    "job.attempt.completed",
    "pipeline.failed",
    "thread.distilled",
    "doc.created",
    "doc.updated",
    "doc.deleted",
    "doc.ingest",
    "resource.hydration.started",
    "resource.hydration.completed",
    "resource.hydration.failed",
];
const PIPELINE_FAILED: &str = "pipeline.failed";

pub(super) fn check(name: &At<String>, pipeline: &Pipeline, model: &Model, report: &mut Report) {
    let Some(at) = &pipeline.trigger else { return };
    check_events(at, Some(name), model, report);
    let trigger = &at.value;
    let says_event = KINDS.into_iter().any(|kind| trigger.says(kind));
    if !trigger.says("manual") && !trigger.says("slack") && says_event {
        let text = format!("nothing listens for events yet: `{}` starts when somebody asks for it", name.value);
        report.add(Note::warning(codes::NOT_USED, at.span, text));
    }
    if let Some(system) = &trigger.system {
        check_remedy(&system.value, pipeline, report);
    }
}

/// The events of a trigger, which may be that of a pipeline of this name.
pub(super) fn check_events(at: &At<Trigger>, own: Option<&At<String>>, model: &Model, report: &mut Report) {
    let trigger = &at.value;
    let said: Vec<&str> = KINDS.into_iter().filter(|kind| trigger.says(kind)).collect();
    match said[..] {
        [] if trigger.says_others() => {}
        [] => {
            let note = Note::error(codes::MISSING_KEY, at.span, "a trigger needs an event");
            report.add(note.hint(format!("one of {}", KINDS.join(", "))));
        }
        [_] => {}
        [first, ref others @ ..] => {
            let text = format!("a trigger has one event, and here are `{first}` and `{}`", others.join("`, `"));
            report.add(Note::error(codes::CONFLICT, at.span, text).hint("keep one of them"));
        }
    }
    if let Some(manual) = trigger.manual.as_ref().filter(|at| !at.value) {
        let note =
            Note::error(codes::BAD_VALUE, manual.span, "a trigger that is not manual says which event starts it");
        report.add(note.hint("write `manual: true`, or an event"));
    }
    if let Some(github) = &trigger.github {
        check_github(&github.value, report);
    }
    if let Some(system) = &trigger.system {
        check_system(&system.value, own, model, report);
    }
}

/// Filters of the other event.
fn check_github(github: &Github, report: &mut Report) {
    let Some(event) = github.event.as_ref().map(|at| at.value) else { return };
    let of = |wanted| move |event| event == wanted;
    let filters = [
        ("branch", github.branch.as_ref().map(|at| at.span), of(GithubEvent::Push)),
        ("action", github.action.as_ref().map(|at| at.span), of(GithubEvent::PullRequest)),
        ("base_branch", github.base_branch.as_ref().map(|at| at.span), of(GithubEvent::PullRequest)),
    ];
    for (key, span, fits) in filters {
        if let Some(span) = span.filter(|_| !fits(event)) {
            let text = format!("`{key}` says nothing about this event, so it is not used");
            report.add(Note::warning(codes::NOT_USED, span, text));
        }
    }
}

fn check_system(system: &SystemEvent, own: Option<&At<String>>, model: &Model, report: &mut Report) {
    if let Some(event) = system.event.as_ref().filter(|event| !SYSTEM.contains(&event.value.as_str())) {
        let text = format!("the platform tells of no `{}`", event.value.escape_debug());
        let note = Note::warning(codes::UNKNOWN_REFERENCE, event.span, text);
        report.add(note.maybe_hint(report.suggest(&event.value, SYSTEM)));
    }
    let Some(about) = &system.pipeline else { return };
    if own.is_some_and(|own| own.value == about.value) {
        let text = "a pipeline is never started by what it does itself";
        report.add(Note::error(codes::CYCLE, about.span, text).hint("name another pipeline"));
    } else if !model.pipeline_names().any(|known| known == about.value) {
        let text = format!("no pipeline is named `{}`", about.value.escape_debug());
        let note = Note::error(codes::UNKNOWN_REFERENCE, about.span, text);
        report.add(note.maybe_hint(report.suggest(&about.value, model.pipeline_names())));
    }
}

/// What a failure starts may propose a change, and do nothing else: else failures would start each other.
fn check_remedy(system: &SystemEvent, pipeline: &Pipeline, report: &mut Report) {
    let is_remedy = system.event.as_ref().filter(|event| event.value == PIPELINE_FAILED);
    let Some(event) = is_remedy else { return };
    let steps = pipeline.steps.iter().flat_map(|at| &at.value);
    let kinds: Vec<_> = steps.filter_map(|step| step.value.action.as_ref()?.value.kind.as_ref()).collect();
    let proposes = kinds.iter().any(|kind| kind.value == ActionType::CreatePr);
    if let Some(other) = kinds.iter().find(|kind| kind.value != ActionType::CreatePr) {
        let text = "what a failed pipeline starts may propose a change, and do nothing else";
        report.add(Note::error(codes::CONFLICT, other.span, text).hint("remove this step"));
    } else if !proposes {
        let text = "what a failed pipeline starts has to propose a change";
        report
            .add(Note::error(codes::MISSING_KEY, event.span, text).hint("add a step with `action: {type: create-pr}`"));
    }
}
