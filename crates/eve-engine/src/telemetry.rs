//! Names of spans and fields, which are API: OpenTelemetry's where it has one.

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
