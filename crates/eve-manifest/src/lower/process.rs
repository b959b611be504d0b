//! Programs with their arguments and environment.

use eve_core::desired::Process;

use super::Trace;
use crate::grammar::At;
use crate::interpolation::Scope;
use crate::language::{Command, Service};
use crate::problem::Report;

pub(super) fn lower(service: &Service, scope: &Scope<'_>, trace: &mut Trace<'_>, report: &mut Report) -> Process {
    let mut process = Process::default();
    trace.value("entrypoint", service.entrypoint.as_ref().map(|at| at.span));
    trace.value("command", service.command.as_ref().map(|at| at.span));
    trace.value("working_dir", service.working_dir.as_ref().map(|at| at.span));
    trace.value("environment", service.environment.as_ref().map(|at| at.span));
    process.entrypoint = argv(service.entrypoint.as_ref(), scope, report);
    process.command = argv(service.command.as_ref(), scope, report);
    process.working_dir = service.working_dir.as_ref().and_then(|at| scope.text(&at.value, report));
    for named in service.environment.iter().flat_map(|at| &at.value.0.0) {
        let (Some(name), Some(value)) = (&named.name, &named.value) else { continue };
        trace.value(format!("environment.{name}"), Some(value.span));
        if let Some(template) = scope.template(&value.value, report) {
            process.environment.insert(name.clone(), template);
        }
    }
    process
}

/// The words of a command line; none if it is not there or was reported.
pub(super) fn argv(command: Option<&At<Command>>, scope: &Scope<'_>, report: &mut Report) -> Option<Vec<String>> {
    let words: Vec<Option<String>> = command?.value.0.iter().map(|word| scope.text(word, report)).collect();
    words.into_iter().collect()
}
