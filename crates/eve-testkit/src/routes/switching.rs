//! What switching promises.

use std::time::Duration;

use eve_core::{ChangeOutcome, codes};
use futures_util::future::join;

use super::Crossing;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, HttpInstance, Outcome};

pub(super) async fn a_route_that_was_never_prepared_cannot_be_switched(on: &Crossing) -> Outcome {
    let blue = HttpInstance::start("blue").await?;
    for route in on.both()? {
        refused("the switch", on.switch(&route, &[blue.target().clone()]).await, &[&codes::ROUTE_UNKNOWN])?;
        ensure!(on.observed(&route).await?.is_none(), "a refused switch made {}", route.id);
    }
    Ok(())
}

pub(super) async fn a_switch_to_nothing_is_refused(on: &Crossing) -> Outcome {
    let blue = HttpInstance::start("blue").await?;
    for route in on.both()? {
        on.prepare(&route).await?;
        refused("a switch to nothing", on.switch(&route, &[]).await, &[&codes::ROUTE_NO_TARGET])?;
        on.switch(&route, &[blue.target().clone()]).await?;
        refused("a switch to nothing", on.switch(&route, &[]).await, &[&codes::ROUTE_NO_TARGET])?;
        on.leads_to(&route, &blue).await?;
    }
    Ok(())
}

pub(super) async fn a_switch_leads_to_the_new_instance(on: &Crossing) -> Outcome {
    let (blue, green) = (HttpInstance::start("blue").await?, HttpInstance::start("green").await?);
    for route in on.both()? {
        on.prepare(&route).await?;
        for instance in [&blue, &green, &blue] {
            let to = [instance.target().clone()];
            ensure_eq!(on.switch(&route, &to).await?.outcome, ChangeOutcome::Updated, "the switch of {}", route.id);
            on.leads_to(&route, instance).await?;
            ensure_eq!(on.switch(&route, &to).await?.outcome, ChangeOutcome::Unchanged, "the same switch again");
            on.leads_to(&route, instance).await?;
        }
    }
    Ok(())
}

pub(super) async fn an_unconfirmed_switch_is_taken_back(on: &Crossing) -> Outcome {
    let blue = HttpInstance::start("blue").await?;
    let routes = on.both()?;
    for route in &routes {
        on.prepare(route).await?;
        on.switch(route, &[blue.target().clone()]).await?;
    }
    let dead = on.harness.unreachable("green").await?;
    for route in &routes {
        let cx = on.cx_within(&on.environment, "switch to what is dead", Duration::from_secs(4));
        let switch = on.routes.switch(&route.id, std::slice::from_ref(dead.target()), &cx).await;
        refused("a switch to what does not answer", switch, &[&codes::ROUTE_UNCONFIRMED])?;
        on.leads_to(route, &blue).await?;
    }
    Ok(())
}

pub(super) async fn a_request_under_way_stays_where_it_is(on: &Crossing) -> Outcome {
    let green = HttpInstance::start("green").await?;
    for route in on.both()? {
        let blue = HttpInstance::start("blue").await?;
        on.prepare(&route).await?;
        on.switch(&route, &[blue.target().clone()]).await?;
        let switch = async {
            arrived(on, &blue).await?;
            on.switch(&route, &[green.target().clone()]).await?;
            on.leads_to(&route, &green).await?;
            blue.let_go();
            Ok::<_, Failure>(())
        };
        let (answer, switched) = join(slow(on, &route), switch).await;
        switched?;
        if let Some(answer) = answer? {
            ensure_eq!(answer, (200, "blue".to_owned()), "the answer of the request that was under way");
        }
    }
    Ok(())
}

/// A request for `/slow` through a route; none where the backend carries no requests.
pub(super) async fn slow(on: &Crossing, route: &eve_core::RouteSpec) -> Outcome<Option<(u16, String)>> {
    if !on.harness.carries_requests() {
        return Ok(None);
    }
    let address = on.routes.address(&on.environment, route).await?;
    Ok(Some(on.harness.get(&address, "/slow").await?))
}

/// Waits until the slow request came in.
pub(super) async fn arrived(on: &Crossing, instance: &HttpInstance) -> Outcome {
    for _ in 0..2000 {
        if !on.harness.carries_requests() || instance.slow_requests() > 0 {
            return Ok(());
        }
        on.env.sleep(Duration::from_millis(10)).await;
    }
    Err(Failure::new("the request never came to the instance"))
}
