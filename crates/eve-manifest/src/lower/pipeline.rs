//! Pipelines.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use eve_core::pipeline::{Action, Step};
use eve_core::{EnvName, Pipeline, ServiceName, StepName, Template, VarName};

use super::process::argv;
use super::trigger;
use crate::codes;
use crate::grammar::{At, Period};
use crate::interpolation::Scope;
use crate::language::{self, ActionType, Inputs};
use crate::problem::{Note, Report};
use crate::tree::Span;

/// How long an action of type run may take that does not say so.
const OF_RUN: Duration = Duration::from_secs(1800);

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
                if at.value.runs() {
                    let overrides = [&written.env_overrides, &at.value.env_overrides];
                    step.environment = variables(overrides.into_iter().flatten(), scope, report);
                }
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
            // What is wrong with the order was told where it stands.
            if !report.has_errors() {
                report.add(Note::error(codes::CYCLE, key, error.to_string()));
            }
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
    let command = |command: Option<&At<language::Command>>, timeout: Option<Duration>, report: &mut Report| match argv(
        command, scope, report,
    ) {
        Some(command) => Lowered::Action(Action::Run { command }, timeout),
        None => Lowered::Reported,
    };
    let within = |timeout: Option<&At<Period>>| timeout.map(|at| at.value.0);
    if let Some(script) = &step.script {
        let script = &script.value.0;
        return command(script.run.as_ref(), within(script.timeout.as_ref()), report);
    }
    if step.run.is_some() {
        return command(step.run.as_ref(), None, report);
    }
    let Some(action) = step.action.as_ref().map(|at| &at.value) else { return Lowered::Reported };
    let job = |timeout: Option<&At<Period>>| match action.job().map(|at| ServiceName::new(&*at.value)) {
        Some(Ok(service)) => Lowered::Action(Action::Job { service }, within(timeout)),
        _ => Lowered::Reported,
    };
    match &action.inputs {
        Inputs::Build(inputs) => {
            let names = inputs.components.iter().flat_map(|at| &at.value);
            let services = names.filter_map(|at| ServiceName::new(&*at.value).ok()).collect();
            Lowered::Action(Action::Build { services }, None)
        }
        Inputs::Release(_) => Lowered::Action(Action::Release, None),
        Inputs::Deploy(inputs) => Lowered::Action(Action::Deploy, within(inputs.timeout.as_ref())),
        Inputs::Job(inputs) => job(inputs.timeout.as_ref()),
        Inputs::Run(inputs) if inputs.service.is_some() => job(inputs.timeout.as_ref()),
        Inputs::Run(inputs) => {
            let timeout = within(inputs.timeout.as_ref()).unwrap_or(OF_RUN);
            command(inputs.command.as_ref(), Some(timeout), report)
        }
        Inputs::Others if action.kind.as_ref().is_some_and(|at| at.value == ActionType::Notify) => Lowered::Nothing,
        Inputs::Others => Lowered::Reported,
    }
}

/// Variables of a pipeline and of its step; the later win.
fn variables<'a>(
    overrides: impl Iterator<Item = &'a At<language::EnvOverrides>>,
    scope: &Scope<'_>,
    report: &mut Report,
) -> BTreeMap<VarName, Template> {
    let all = overrides.flat_map(|at| &at.value.0);
    all.filter_map(|(name, value)| Some((name.clone(), scope.template(&value.value, report)?))).collect()
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
