//! Pipelines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use eve_core::pipeline::{Action, Step};
use eve_core::{EnvName, Pipeline, ServiceName, StepName};

use super::process::argv;
use super::trigger;
use crate::codes;
use crate::grammar::{At, Period};
use crate::interpolation::Scope;
use crate::language::{self, ActionType};
use crate::problem::{Note, Report};
use crate::tree::Span;

/// The pipeline. None if a value of it cannot be resolved, which is reported.
pub(super) fn lower(
    written: &language::Pipeline,
    key: Span,
    scope: &Scope<'_>,
    report: &mut Report,
) -> Option<Pipeline> {
    let mut steps = Vec::new();
    // The steps that do nothing, with what they wait for: whoever waits for them waits for that.
    let mut skipped: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut whole = true;
    for (i, at) in written.steps.iter().flat_map(|at| &at.value).enumerate() {
        let name = at.value.name_at(i);
        let needs = at.value.depends_on.iter().flat_map(|at| &at.value).map(|need| need.value.clone());
        match action(&at.value, scope, report) {
            Lowered::Action(action, timeout) => {
                let mut step = Step::new(StepName::new(&*name).ok()?, action);
                step.timeout = timeout;
                let requires = at.value.requires.iter().filter_map(|at| at.value.secrets.as_ref());
                step.secrets = requires.flat_map(|at| &at.value).map(|at| at.value.clone()).collect();
                steps.push((step, needs.collect::<Vec<_>>()));
            }
            Lowered::Nothing => _ = skipped.insert(name, needs.collect()),
            Lowered::Reported => whole = false,
        }
    }
    let mut out = Vec::new();
    for (mut step, needs) in steps {
        step.needs = past(needs, &skipped).into_iter().filter_map(|need| StepName::new(need).ok()).collect();
        out.push(step);
    }
    if !whole {
        return None;
    }
    match Pipeline::new(out) {
        Ok(mut pipeline) => {
            pipeline.description = written.description.as_ref().map(|at| at.value.0.clone());
            pipeline.trigger = written.trigger.as_ref().and_then(|at| trigger::lower(&at.value));
            pipeline.environment = written.env.as_ref().and_then(|at| EnvName::new(&*at.value).ok());
            pipeline.wait_timeout = written.wait_timeout.as_ref().map(|at| at.value.0);
            Some(pipeline)
        }
        Err(error) => {
            report.add(Note::error(codes::CYCLE, key, error.to_string()));
            None
        }
    }
}

/// What a step comes to.
enum Lowered {
    Action(Action, Option<Duration>),
    /// It does nothing in this version.
    Nothing,
    /// It cannot be made sense of, and the report says so.
    Reported,
}

fn action(step: &language::Step, scope: &Scope<'_>, report: &mut Report) -> Lowered {
    let command =
        |command: Option<&At<language::Command>>, timeout: Option<&At<Period>>, report: &mut Report| match argv(
            command, scope, report,
        ) {
            Some(command) => Lowered::Action(Action::Run { command }, timeout.map(|at| at.value.0)),
            None => Lowered::Reported,
        };
    if let Some(script) = &step.script {
        let script = &script.value.0;
        return command(script.run.as_ref(), script.timeout.as_ref(), report);
    }
    if step.run.is_some() {
        return command(step.run.as_ref(), None, report);
    }
    let Some(inputs) = step.action.as_ref().map(|at| &at.value) else { return Lowered::Reported };
    let service = inputs.service.as_ref().and_then(|at| ServiceName::new(&*at.value).ok());
    let action = match (inputs.kind.as_ref().map(|at| at.value), service) {
        (Some(ActionType::Build), _) => {
            let names = inputs.components.iter().flat_map(|at| &at.value);
            Action::Build { services: names.filter_map(|at| ServiceName::new(&*at.value).ok()).collect() }
        }
        (Some(ActionType::Release), _) => Action::Release,
        (Some(ActionType::Deploy), _) => Action::Deploy,
        (Some(ActionType::Job | ActionType::Run), Some(service)) => Action::Job { service },
        (Some(ActionType::Run), None) => return command(inputs.command.as_ref(), inputs.timeout.as_ref(), report),
        (Some(ActionType::Notify), _) => return Lowered::Nothing,
        _ => return Lowered::Reported,
    };
    Lowered::Action(action, inputs.timeout.as_ref().map(|at| at.value.0))
}

/// What is to be waited for, with every skipped step replaced by what it waits for itself.
fn past(needs: Vec<String>, skipped: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<String> = needs.into_iter().rev().collect();
    while let Some(need) = open.pop() {
        if !seen.insert(need.clone()) {
            continue;
        }
        match skipped.get(&need) {
            Some(before) => open.extend(before.iter().rev().cloned()),
            None => out.push(need),
        }
    }
    out
}
