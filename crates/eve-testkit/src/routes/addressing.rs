//! What addresses promise.

use super::Crossing;
use crate::failure::{ensure, ensure_eq};
use crate::{HttpInstance, Outcome};

pub(super) async fn an_address_is_pure_and_stays_the_same(on: &Crossing) -> Outcome {
    let instance = HttpInstance::start("blue").await?;
    for route in on.both()? {
        let first = on.routes.address(&on.environment, &route).await?;
        ensure!(first.starts_with("http") && !first.ends_with('/'), "{first:?} is no URL without a slash at its end");
        ensure!(on.observed(&route).await?.is_none(), "asking for an address made {}", route.id);
        on.prepare(&route).await?;
        ensure_eq!(on.routes.address(&on.environment, &route).await?, first, "preparing changed the address");
        on.switch(&route, &[instance.target().clone()]).await?;
        ensure_eq!(on.routes.address(&on.environment, &route).await?, first, "switching changed the address");
    }
    Ok(())
}

pub(super) async fn two_environments_have_addresses_of_their_own(on: &Crossing) -> Outcome {
    let (blue, green) = (HttpInstance::start("blue").await?, HttpInstance::start("green").await?);
    let [_, internal] = on.both()?;
    let address = |environment| on.routes.address(environment, &internal);
    ensure!(
        address(&on.environment).await? != address(&on.neighbour).await?,
        "one internal address for two environments"
    );
    on.prepare(&internal).await?;
    on.switch(&internal, &[blue.target().clone()]).await?;
    ensure!(on.routes.observe(&on.neighbour).await?.is_empty(), "the neighbour sees the route");
    on.routes.prepare(&internal, &on.cx(&on.neighbour, "prepare two")).await?;
    on.routes.switch(&internal.id, &[green.target().clone()], &on.cx(&on.neighbour, "switch two")).await?;
    on.leads_to(&internal, &blue).await
}
