//! Turning older holders away.

use eve_core::{ChangeOutcome, Fence, codes};

use super::Crossing;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{HttpInstance, Outcome};

/// The token of the holder after the one that [`Crossing::cx`] is of.
const YOUNGER: u64 = 2;

pub(super) async fn an_older_holder_is_turned_away_before_the_younger_one_acts(on: &Crossing) -> Outcome {
    let Some(fencing) = on.routes.fencing() else {
        // Not offered: the journal alone fences.
        return Ok(());
    };
    let (blue, green) = (HttpInstance::start("blue").await?, HttpInstance::start("green").await?);
    let [public, internal] = on.both()?;
    on.prepare(&public).await?;
    on.switch(&public, &[blue.target().clone()]).await?;
    fencing.raise(&on.environment, Fence::new(YOUNGER)).await?;
    fencing.raise(&on.environment, Fence::new(YOUNGER)).await?;

    let lost = [&codes::LEASE_LOST];
    let older = fencing.raise(&on.environment, Fence::new(YOUNGER - 1)).await;
    refused("raising an older token", older, &lost)?;
    refused("an older holder's prepare", on.prepare(&internal).await, &lost)?;
    refused("an older holder's switch", on.switch(&public, &[green.target().clone()]).await, &lost)?;
    let drain = on.routes.drain(&blue.target().instance, &on.cx(&on.environment, "drain blue")).await;
    refused("an older holder's drain", drain, &lost)?;
    let close = on.routes.close(&public.id, &on.cx(&on.environment, "close")).await;
    refused("an older holder's close", close, &lost)?;
    ensure!(on.observed(&internal).await?.is_none(), "what was refused made a route");
    on.leads_to(&public, &blue).await?;

    // Each environment has tokens of its own.
    let there = on.routes.prepare(&internal, &on.cx(&on.neighbour, "prepare there")).await?;
    ensure_eq!(there.outcome, ChangeOutcome::Created, "the neighbour's route");
    let mut cx = on.cx(&on.environment, "switch");
    cx.fence = Fence::new(YOUNGER);
    on.routes.switch(&public.id, &[green.target().clone()], &cx).await?;
    on.leads_to(&public, &green).await
}

pub(super) async fn an_older_holder_cannot_forget_what_a_younger_one_may_ask_for(on: &Crossing) -> Outcome {
    let Some(fencing) = on.routes.fencing() else { return Ok(()) };
    let (blue, green) = (HttpInstance::start("blue").await?, HttpInstance::start("green").await?);
    let [public, _] = on.both()?;
    on.prepare(&public).await?;
    on.switch(&public, &[blue.target().clone()]).await?;
    on.leads_to(&public, &blue).await?;
    on.switch(&public, &[green.target().clone()]).await?;
    let mut cx = on.cx(&on.environment, "drain blue");
    let drained = on.routes.drain(&blue.target().instance, &cx).await?;
    fencing.raise(&on.environment, Fence::new(YOUNGER)).await?;
    refused("an older holder's forgetting", on.routes.forget(&cx.operation, &cx).await, &[&codes::LEASE_LOST])?;
    cx.fence = Fence::new(YOUNGER);
    let again = on.routes.drain(&blue.target().instance, &cx).await?;
    ensure_eq!(again, drained, "what was not forgotten");
    Ok(on.routes.forget(&cx.operation, &cx).await?)
}
