//! What preparing and closing promise.

use eve_core::{ChangeOutcome, codes};

use super::Crossing;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, HttpInstance, Outcome};

pub(super) async fn preparing_twice_changes_nothing(on: &Crossing) -> Outcome {
    for route in on.both()? {
        ensure_eq!(on.prepare(&route).await?.outcome, ChangeOutcome::Created, "the first prepare of {}", route.id);
        ensure_eq!(on.prepare(&route).await?.outcome, ChangeOutcome::Unchanged, "the second prepare of {}", route.id);
        let observed = on.observed(&route).await?.ok_or_else(|| Failure::new("a prepared route is not there"))?;
        ensure_eq!(observed.hash, route.hash()?, "not the hash of the spec");
        ensure_eq!(observed.service, route.service, "another service");
        ensure!(observed.targets.is_empty(), "a prepared route leads to {:?}", observed.targets);
    }
    Ok(())
}

pub(super) async fn preparing_anew_keeps_the_targets(on: &Crossing) -> Outcome {
    let blue = HttpInstance::start("blue").await?;
    for mut route in on.both()? {
        on.prepare(&route).await?;
        on.switch(&route, &[blue.target().clone()]).await?;
        "/other".clone_into(&mut route.confirm_path);
        ensure_eq!(on.prepare(&route).await?.outcome, ChangeOutcome::Updated, "preparing another spec");
        let hash = on.observed(&route).await?.map(|observed| observed.hash);
        ensure_eq!(hash, Some(route.hash()?), "not the hash of the new spec");
        on.leads_to(&route, &blue).await?;
    }
    Ok(())
}

pub(super) async fn a_route_without_targets_reaches_nothing(on: &Crossing) -> Outcome {
    for route in on.both()? {
        on.prepare(&route).await?;
        if on.harness.carries_requests() {
            let address = on.routes.address(&on.environment, &route).await?;
            let (status, _) = on.harness.get(&address, "/").await?;
            ensure_eq!(status, 503, "the answer through {}", route.id);
        } else {
            let observed = on.observed(&route).await?;
            ensure!(observed.is_some_and(|observed| observed.targets.is_empty()), "{} leads somewhere", route.id);
        }
    }
    Ok(())
}

pub(super) async fn a_host_of_another_environment_is_taken(on: &Crossing) -> Outcome {
    let blue = HttpInstance::start("blue").await?;
    let [public, _] = on.both()?;
    on.prepare(&public).await?;
    on.switch(&public, &[blue.target().clone()]).await?;
    let other = on.routes.prepare(&public, &on.cx(&on.neighbour, "prepare two")).await;
    refused("preparing another environment's host", other, &[&codes::ROUTE_TAKEN])?;
    on.leads_to(&public, &blue).await?;
    // Once it is closed, it is free.
    on.routes.close(&public.id, &on.cx(&on.environment, "close one")).await?;
    on.routes.prepare(&public, &on.cx(&on.neighbour, "prepare two")).await?;
    Ok(())
}

pub(super) async fn closing_twice_is_skipped(on: &Crossing) -> Outcome {
    for route in on.both()? {
        on.prepare(&route).await?;
        let close = async |operation: &str| on.routes.close(&route.id, &on.cx(&on.environment, operation)).await;
        ensure_eq!(close("close").await?.outcome, ChangeOutcome::Deleted, "the first close of {}", route.id);
        ensure_eq!(close("close again").await?.outcome, ChangeOutcome::Skipped, "the second close of {}", route.id);
        ensure!(on.observed(&route).await?.is_none(), "a closed route is there: {}", route.id);
    }
    Ok(())
}
