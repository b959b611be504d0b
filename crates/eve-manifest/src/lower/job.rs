//! Services that run once.

use eve_core::desired::Job;

use super::{Trace, artifact, process, service};
use crate::interpolation::Scope;
use crate::model::{Declared, Model};
use crate::problem::Report;

pub(super) fn lower(
    declared: &Declared,
    model: &Model,
    scope: &Scope<'_>,
    trace: &mut Trace<'_>,
    report: &mut Report,
) -> Option<Job> {
    let written = &declared.service;
    let process = process::lower(written, scope, trace, report);
    let mut job = Job::new(artifact::lower(written, model, scope, trace, report)?, process);
    job.resources = service::resources(written, trace);
    job.files = service::files(declared, model, scope, trace, report);
    let timeout = written.x_eve().and_then(|x| x.timeout.as_ref());
    let retries = written.x_eve().and_then(|x| x.retries.as_ref());
    trace.value("timeout", timeout.map(|at| at.span));
    trace.value("max_attempts", retries.map(|at| at.span));
    if let Some(timeout) = timeout {
        job.timeout = timeout.value.0;
    }
    if let Some(retries) = retries {
        job.max_attempts = retries.value.saturating_add(1);
    }
    Some(job)
}
