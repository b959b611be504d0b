//! What an attempt needs, before it starts.

use std::time::Duration;

use eve_core::{Cancel, Deadline, Exit, codes};

use super::Track;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, Outcome};

pub(super) async fn an_attempt_whose_origin_is_there_is_provided_for(on: &Track) -> Outcome {
    let Some(backend) = on.runner.provision() else { return Ok(()) };
    let spec = on.harness.exits(on.spec(1), 0);
    for _ in 0..2 {
        backend.provide(&spec, &on.cx(&on.environment)).await?;
    }
    ensure!(on.runner.owned(&on.environment).await?.is_empty(), "an attempt that was not started is held");
    Ok(())
}

pub(super) async fn an_attempt_whose_origin_cannot_be_had_is_refused_before_it_starts(on: &Track) -> Outcome {
    let Some(backend) = on.runner.provision() else { return Ok(()) };
    let spec = on.harness.unobtainable(on.spec(1));
    let spec = spec.ok_or_else(|| Failure::new("the harness has no attempt whose origin cannot be had"))?;
    let missing = [codes::IMAGE_NOT_FOUND, codes::IMAGE_DENIED, codes::IMAGE_UNREACHABLE, codes::ARTIFACT_NOT_FOUND];
    let provided = backend.provide(&spec, &on.cx(&on.environment)).await;
    refused("providing what cannot be had", provided, &missing.each_ref())?;
    refused("starting without it", on.start(&spec).await, &missing.each_ref())?;
    Ok(())
}

pub(super) async fn an_attempts_image_is_fetched_before_it_starts_and_not_by_starting(on: &Track) -> Outcome {
    let Some(backend) = on.runner.provision() else { return Ok(()) };
    // A backend that fetches nothing has shown in the case before that it says what it lacks.
    let Some(spec) = on.harness.to_be_fetched(on.spec(1)).await? else { return Ok(()) };
    refused("starting without its image", on.start(&spec).await, &[&codes::IMAGE_NOT_FOUND])?;
    backend.provide(&spec, &on.cx(&on.environment)).await?;
    ensure_eq!(on.run(&spec).await?.0, Exit::Code(0), "how it ended");
    Ok(())
}

pub(super) async fn providing_ends_when_it_is_cancelled_or_late(on: &Track) -> Outcome {
    let Some(backend) = on.runner.provision() else { return Ok(()) };
    let spec = on.harness.exits(on.spec(1), 0);
    let cancel = Cancel::new();
    cancel.cancel();
    let cancelled = backend.provide(&spec, &on.cx(&on.environment).with_cancel(cancel)).await;
    refused("a cancelled providing", cancelled, &[&codes::CANCELLED])?;
    let mut late = on.cx(&on.environment);
    late.deadline = Deadline::after(&*on.env, Duration::ZERO);
    refused("a late one", backend.provide(&spec, &late).await, &[&codes::DEADLINE_EXCEEDED])?;
    Ok(())
}
