//! What a builder keeps, and how that is removed.

use std::time::Duration;

use eve_core::{Artifact, ArtifactStore, ChangeOutcome, OwnedArtifact, codes};

use super::Site;
use crate::failure::{ensure, ensure_eq, refused};
use crate::{Failure, Outcome};

pub(super) async fn what_was_built_is_listed_until_it_is_removed(on: &Site) -> Outcome {
    let Some(store) = on.builder.artifacts() else { return Ok(()) };
    let (one, two) = (on.build("one", "app").await?, on.build("two", "app").await?);
    let (first, other) = (listed(store, &one).await?, listed(store, &two).await?);
    ensure_eq!(store.remove(&first).await?.outcome, ChangeOutcome::Deleted, "removing what was built");
    ensure!(listed(store, &one).await.is_err(), "{one} is listed after it was removed");
    ensure_eq!(listed(store, &two).await?, other, "what was not removed");
    ensure_eq!(store.remove(&first).await?.outcome, ChangeOutcome::Skipped, "removing it again");
    ensure_eq!(on.build("one", "app").await.is_ok(), true, "building it again");
    Ok(())
}

pub(super) async fn what_was_built_again_since_it_was_listed_stays(on: &Site) -> Outcome {
    let Some(store) = on.builder.artifacts() else { return Ok(()) };
    let artifact = on.build("one", "app").await?;
    let before = listed(store, &artifact).await?;
    on.env.sleep(Duration::from_millis(20)).await;
    ensure_eq!(on.build("one", "app").await?, artifact, "the same source again");
    refused("removing what was built again", store.remove(&before).await, &[&codes::OBJECT_CHANGED])?;
    let after = listed(store, &artifact).await?;
    ensure!(after.built > before.built, "{before:?} is as young as {after:?}");
    ensure_eq!(store.remove(&after).await?.outcome, ChangeOutcome::Deleted, "removing what it is now");
    Ok(())
}

pub(super) async fn what_is_used_stays(on: &Site) -> Outcome {
    let Some(store) = on.builder.artifacts() else { return Ok(()) };
    let artifact = on.build("one", "app").await?;
    if !on.harness.make_use_of(&artifact).await? {
        return Err(Failure::new("the harness makes nothing of what was built"));
    }
    let one = listed(store, &artifact).await?;
    refused("removing what is used", store.remove(&one).await, &[&codes::OBJECT_IN_USE])?;
    listed(store, &artifact).await.map(drop)
}

/// An artifact, as it is listed.
async fn listed(store: &dyn ArtifactStore, artifact: &Artifact) -> Outcome<OwnedArtifact> {
    let owned = store.owned().await?;
    ensure!(owned.is_sorted_by_key(|one| &one.artifact), "the list is not sorted: {owned:?}");
    let found = owned.into_iter().find(|one| one.artifact == *artifact);
    found.ok_or_else(|| Failure::new(format!("{artifact} is not listed")))
}
