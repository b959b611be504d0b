//! The builder.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{
    Artifact, ArtifactStore, BuildCx, BuildRequest, Builder, Cancel, Deadline, Digest, Error, Result, codes,
};

use super::context;
use super::own_name::{Bases, OwnName};
use super::turns::Turns;
use crate::api::{BuildStep, Daemon};
use crate::config::DockerConfig;
use crate::labels;
use tokio::sync::RwLock;

/// Builds images of contexts with a `Dockerfile`, by the engine's own builder. They stay on the
/// engine, labelled and named (`eve-built/…`) as their owner's, until they are
/// [cleaned up](eve_core::ArtifactStore).
///
/// Equal source gives an equal image as long as the engine keeps its build cache, and unless two builders
/// make it at once: one of them makes it once. Arguments of a build
/// stand in the image's history: they are no place for secrets.
#[derive(Debug, Clone)]
pub struct DockerBuilder {
    pub(super) config: Arc<DockerConfig>,
    pub(super) daemon: Daemon,
    /// Held by whoever builds, together with others, and by whoever removes, alone.
    pub(super) turn: Arc<RwLock<()>>,
    turns: Turns,
}

impl DockerBuilder {
    pub(crate) fn new(config: Arc<DockerConfig>, daemon: Daemon) -> Self {
        Self { config, daemon, turn: Arc::default(), turns: Turns::default() }
    }

    async fn make(&self, request: &BuildRequest, cx: &BuildCx) -> Result<Artifact> {
        let folder = context::resolve(request.source.path(), &request.spec.context)?;
        let dockerfile = request.spec.dockerfile.clone().unwrap_or_else(|| "Dockerfile".to_owned());
        let never = context::below(&folder, &self.config.leave_out);
        let args = request.spec.args.clone();
        let recipe = format!("{dockerfile:?} {args:?}");
        let packing = tokio::task::spawn_blocking(move || {
            let archive = context::archive(&folder, never)?;
            let mut build = Digest::hasher();
            build.update(recipe);
            build.update(&archive);
            Ok::<_, Error>((archive, build.finish()))
        });
        let (archive, build) = packing.await.map_err(|e| {
            Error::internal(codes::INTERNAL_INVARIANT, "packing a build context broke off").with_source(e)
        })??;
        let args: HashMap<String, String> = args.into_iter().collect();
        let _equal = self.turns.take(build).await;
        let _turn = self.turn.read().await;
        let (mut image, mut bases) = (None, Bases::default());
        let labels = HashMap::from([(labels::OWNER, self.config.owner.as_str())]);
        let building = self.daemon.build(archive, &dockerfile, args, &labels, |step| match step {
            BuildStep::Line(text) => {
                for line in text.lines().filter(|line| !line.is_empty()) {
                    (cx.log)(Bytes::copy_from_slice(line.as_bytes()));
                    bases.note(line);
                }
            }
            BuildStep::Image(id) => image = Some(id),
        });
        building.await.map_err(|error| failed(request, error))?;
        let id: Digest = image.and_then(|id| id.parse().ok()).ok_or_else(|| {
            Error::failed(codes::BUILD_FAILED, format!("the build of {} made no image", request.service))
        })?;
        let name = OwnName::new(&id, bases.into_last());
        self.daemon.name_image(&id.to_string(), &OwnName::repository(&self.config.owner), &name.tag()).await?;
        Ok(Artifact::LocalImage { id, daemon: self.daemon.identity().await? })
    }
}

/// A build that the engine gave up. What it wrote is in the build's log.
fn failed(request: &BuildRequest, error: Error) -> Error {
    if error.is_retryable() || *error.code() == codes::STATE_DISK_FULL {
        return error;
    }
    Error::failed(codes::BUILD_FAILED, format!("the build of {} failed", request.service))
        .with_hint("its last lines say why")
        .with_source(error)
}

#[async_trait]
impl Builder for DockerBuilder {
    async fn build(&self, request: &BuildRequest, cx: &BuildCx) -> Result<Artifact> {
        cx.cancel.check()?;
        if cx.deadline.has_passed(&*cx.env) {
            return Err(Deadline::exceeded(&format!("the build of {} to begin", request.service)));
        }
        // The engine gives a build up when nobody takes its answer any more.
        let what = format!("the build of {}", request.service);
        tokio::select! {
            made = cx.deadline.limit(&*cx.env, &what, self.make(request, cx)) => made?,
            () = cx.cancel.cancelled() => Err(Cancel::error()),
        }
    }

    fn artifacts(&self) -> Option<&dyn ArtifactStore> {
        Some(self)
    }
}

impl fmt::Display for DockerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "images on {}", self.daemon)
    }
}
