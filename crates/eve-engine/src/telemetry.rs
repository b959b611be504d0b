//! Names of spans, metrics and fields, which are API: OpenTelemetry's where it has one.

use std::time::Duration;

use eve_core::event::RunOutcome;
use tracing::Level;

/// The target of metric events, for filters.
const METRICS: &str = "eve_engine::metrics";

/// A span around a run.
macro_rules! run_span {
    ($environment:expr, $run:expr, $kind:expr, $pipeline:expr) => {
        tracing::info_span!(
            "cicd.pipeline.run",
            "cicd.pipeline.name" = %$pipeline,
            "cicd.pipeline.run.id" = %$run,
            "cicd.pipeline.action.name" = $kind,
            "deployment.environment.name" = %$environment,
            "cicd.pipeline.result" = tracing::field::Empty,
            "error.type" = tracing::field::Empty,
        )
    };
}

/// A span around a step.
macro_rules! step_span {
    ($step:expr, $action:expr) => {
        tracing::info_span!(
            "cicd.pipeline.task.run",
            "cicd.pipeline.task.name" = %$step,
            "cicd.pipeline.task.type" = $action,
            "cicd.pipeline.task.run.result" = tracing::field::Empty,
            "error.type" = tracing::field::Empty,
        )
    };
}

/// A span around an operation.
macro_rules! operation_span {
    ($operation:expr) => {
        tracing::info_span!("eve.operation", "eve.operation.id" = %$operation, "error.type" = tracing::field::Empty)
    };
}

pub(crate) use {operation_span, run_span, step_span};

/// Says that a run began: `cicd.pipeline.run.active`.
///
/// Metrics are events whose fields begin with the instrument's kind, as `tracing-opentelemetry`
/// reads them: `counter.` (up and down), `monotonic_counter.`, `histogram.`. The other fields are
/// the attributes.
pub(crate) fn run_began(pipeline: &str) {
    tracing::event!(
        target: METRICS,
        Level::INFO,
        counter.cicd.pipeline.run.active = 1_i64,
        "cicd.pipeline.name" = pipeline,
        "cicd.pipeline.run.state" = "executing"
    );
}

/// Says that a run ended: `cicd.pipeline.run.active`, `cicd.pipeline.run.duration` in seconds and,
/// where it failed, `cicd.pipeline.run.errors`.
pub(crate) fn run_ended(pipeline: &str, outcome: &RunOutcome, took: Duration) {
    tracing::event!(
        target: METRICS,
        Level::INFO,
        counter.cicd.pipeline.run.active = -1_i64,
        "cicd.pipeline.name" = pipeline,
        "cicd.pipeline.run.state" = "executing"
    );
    let error = match outcome {
        RunOutcome::Failed { fault, .. } => Some(fault.code.as_str()),
        _ => None,
    };
    tracing::event!(
        target: METRICS,
        Level::INFO,
        histogram.cicd.pipeline.run.duration = took.as_secs_f64(),
        "cicd.pipeline.name" = pipeline,
        "cicd.pipeline.run.state" = "executing",
        "cicd.pipeline.result" = result(outcome),
        "error.type" = error
    );
    if let Some(error) = error {
        tracing::event!(
            target: METRICS,
            Level::INFO,
            monotonic_counter.cicd.pipeline.run.errors = 1_u64,
            "cicd.pipeline.name" = pipeline,
            "error.type" = error
        );
    }
}

/// OpenTelemetry's word for how a run ended.
pub(crate) fn result(outcome: &RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Succeeded { .. } => "success",
        RunOutcome::Cancelled { .. } => "cancellation",
        RunOutcome::Failed { fault, .. } if fault.exit_code == 124 => "timeout",
        _ => "failure",
    }
}
