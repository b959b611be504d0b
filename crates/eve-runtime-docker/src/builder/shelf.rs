//! The images that were built and are kept.

use async_trait::async_trait;
use bollard::models::ImageInspect;
use eve_core::{
    Artifact, ArtifactStore, Change, ChangeOutcome, Digest, Error, OwnedArtifact, Result, Timestamp, codes,
};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::docker_builder::DockerBuilder;
use super::own_name::{Base, OwnName};
use crate::api::HistoryStep;
use crate::clock;
use crate::labels;

/// How many images are looked at at once.
const AT_ONCE: usize = 4;

/// An image of ours, looked at closely.
struct Kept {
    about: ImageInspect,
    /// What it was made by, the youngest first.
    history: Vec<HistoryStep>,
}

#[async_trait]
impl ArtifactStore for DockerBuilder {
    async fn owned(&self) -> Result<Vec<OwnedArtifact>> {
        let daemon = self.daemon.identity().await?;
        let ids = self.daemon.images(format!("{}={}", labels::OWNER, self.config.owner.as_str())).await?;
        let looks: Vec<_> = ids.into_iter().map(|id| self.kept(id)).collect();
        let found: Vec<_> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        let mut out: Vec<_> = found.iter().flatten().filter_map(|kept| self.listed(kept, &daemon)).collect();
        out.sort();
        Ok(out)
    }

    async fn remove(&self, one: &OwnedArtifact) -> Result<Change> {
        let skipped = Ok(Change::new(ChangeOutcome::Skipped, 0));
        let Artifact::LocalImage { id, .. } = &one.artifact else { return skipped };
        let built = || Err(Error::conflict(codes::OBJECT_CHANGED, format!("{} may be built right now", one.artifact)));
        let Ok(_turn) = self.turn.try_write() else { return built() };
        let Some(kept) = self.kept(id.to_string()).await? else { return skipped };
        if built_at(&kept.about) != one.built {
            return built();
        }
        let (own, others): (Vec<_>, Vec<_>) =
            kept.names().partition(|name| OwnName::read(&self.config.owner, name).is_some());
        let repository = OwnName::repository(&self.config.owner);
        // Only a name is ever taken: whoever gives it another one meanwhile keeps the image.
        let tag = OwnName::new(id, Base::Unknown).tag();
        if own.is_empty() {
            self.daemon.name_image(&id.to_string(), &repository, &tag).await?;
        }
        let last = own.last().cloned().unwrap_or_else(|| format!("{repository}:{tag}"));
        for name in own.iter().filter(|name| **name != last).chain([&last]) {
            if !self.daemon.remove_image(name).await? {
                let text = format!("{} is used by a container, or something was made from it", one.artifact);
                return Err(Error::conflict(codes::OBJECT_IN_USE, text));
            }
        }
        if !others.is_empty() {
            let text = format!("{} is also called {}", one.artifact, others.join(", "));
            return Err(Error::conflict(codes::OBJECT_IN_USE, text)
                .with_hint("Eve's own name is taken from it; it goes when nobody calls it anything any more"));
        }
        Ok(Change::new(ChangeOutcome::Deleted, 0))
    }
}

impl DockerBuilder {
    /// An image that a build of this owner made; none for another one, or one that is gone.
    async fn kept(&self, id: String) -> Result<Option<Kept>> {
        let Some(about) = self.daemon.image(&id).await? else { return Ok(None) };
        let history = self.daemon.history(&id).await?;
        // The label is handed down to what others make from it: only on what a build of ours ended with
        // is it the last instruction.
        let label = format!("LABEL {}={}", labels::OWNER, self.config.owner.as_str());
        let is_ours = history.first().is_some_and(|step| step.made_by.trim_end().ends_with(&label));
        Ok(is_ours.then_some(Kept { about, history }))
    }

    fn listed(&self, kept: &Kept, daemon: &str) -> Option<OwnedArtifact> {
        let id: Digest = kept.about.id.as_deref()?.parse().ok()?;
        let artifact = Artifact::LocalImage { id, daemon: daemon.to_owned() };
        let one = OwnedArtifact::new(artifact, built_at(&kept.about));
        let name = kept.names().find_map(|name| OwnName::read(&self.config.owner, &name));
        Some(match name {
            Some(name) if name.base != Base::Unknown => {
                one.with_bytes(own_steps(&kept.history, &name).iter().map(|step| step.bytes).sum())
            }
            _ => one,
        })
    }
}

impl Kept {
    fn names(&self) -> impl Iterator<Item = String> {
        let names = self.about.repo_tags.iter().flatten();
        names.filter(|name| !name.starts_with("<none>")).cloned().collect::<Vec<_>>().into_iter()
    }
}

/// The steps of a build: what it was built on is no part of it.
fn own_steps<'a>(history: &'a [HistoryStep], name: &OwnName) -> &'a [HistoryStep] {
    let count = name.own_steps(history.iter().map(|step| step.id.as_str()));
    history.get(..count).unwrap_or(history)
}

/// When an image was built last: every build names it anew.
fn built_at(about: &ImageInspect) -> Timestamp {
    let named = about.metadata.as_ref().and_then(|metadata| metadata.last_tag_time.as_deref());
    named.and_then(clock::timestamp).or_else(|| about.created.as_deref().and_then(clock::timestamp)).unwrap_or_default()
}
