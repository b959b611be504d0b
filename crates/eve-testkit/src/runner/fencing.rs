//! Turning older holders away.

use eve_core::{ChangeOutcome, Exit, Fence, Started, codes};

use super::Track;
use crate::Outcome;
use crate::failure::{ensure_eq, refused};

/// The token of the holder after the one that [`Track::cx`] is of.
const YOUNGER: u64 = 2;

pub(super) async fn an_older_holder_is_turned_away_before_the_younger_one_acts(on: &Track) -> Outcome {
    let Some(fencing) = on.runner.fencing() else {
        // Not offered: the journal alone fences.
        return Ok(());
    };
    let (held, late) = (on.harness.runs_long(on.spec(1)), on.harness.runs_long(on.spec(2)));
    on.start(&held).await?;
    fencing.raise(&on.environment, Fence::new(YOUNGER)).await?;
    fencing.raise(&on.environment, Fence::new(YOUNGER)).await?;

    let lost = [&codes::LEASE_LOST];
    let older = fencing.raise(&on.environment, Fence::new(YOUNGER - 1)).await;
    refused("raising an older token", older, &lost)?;
    refused("an older holder's start", on.start(&late).await, &lost)?;
    let stop = on.runner.stop(&held.id, &on.cx(&on.environment)).await;
    refused("an older holder's stop", stop, &lost)?;
    ensure_eq!(on.runner.owned(&on.environment).await?, std::slice::from_ref(&held.id), "what is held");
    let mut cx = on.cx(&on.environment);
    cx.fence = Fence::new(YOUNGER);
    ensure_eq!(on.runner.start(&held, &cx).await?, Started::Adopted, "what an older holder could not stop");

    // Each environment has tokens of its own.
    let mut there = on.harness.runs_long(on.spec(3));
    there.environment = on.neighbour.clone();
    ensure_eq!(on.start(&there).await?, Started::New, "the neighbour's attempt");
    Ok(())
}

pub(super) async fn an_older_holder_cannot_forget_what_a_younger_one_may_ask_for(on: &Track) -> Outcome {
    let Some(fencing) = on.runner.fencing() else { return Ok(()) };
    let spec = on.harness.exits(on.spec(1), 0);
    on.run(&spec).await?;
    fencing.raise(&on.environment, Fence::new(YOUNGER)).await?;
    let forget = on.runner.forget(&spec.id, &on.cx(&on.environment)).await;
    refused("an older holder's forgetting", forget, &[&codes::LEASE_LOST])?;
    let mut cx = on.cx(&on.environment);
    cx.fence = Fence::new(YOUNGER);
    ensure_eq!(on.runner.start(&spec, &cx).await?, Started::Ended(Exit::Code(0)), "what was not forgotten");
    ensure_eq!(on.runner.forget(&spec.id, &cx).await?.outcome, ChangeOutcome::Deleted, "the younger one's forgetting");
    Ok(())
}
