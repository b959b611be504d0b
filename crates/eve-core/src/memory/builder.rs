//! A builder in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Component, Path};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::{self, Either};

use super::shared::Shared;
use crate::{
    Artifact, ArtifactStore, Body, BuildCx, BuildRequest, Builder, Cancel, Change, ChangeOutcome, Deadline, Error,
    OwnedArtifact, Result, codes,
};

/// A [`Builder`] that reads no file: what stands in a context is told to it. Clones share that.
///
/// A context of which nothing was told is an empty folder.
#[derive(Clone, Default)]
pub struct MemoryBuilder {
    contexts: Arc<Shared<BTreeMap<String, Context>>>,
    kept: Arc<Shared<Kept>>,
    takes: Duration,
}

/// What was made.
#[derive(Default)]
struct Kept {
    artifacts: BTreeMap<Artifact, OwnedArtifact>,
    used: BTreeSet<Artifact>,
    building: usize,
}

#[derive(Clone)]
enum Context {
    Text(String),
    Missing,
    Broken,
}

impl MemoryBuilder {
    /// A builder whose builds take no time.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long each build takes.
    pub fn with_duration(mut self, takes: Duration) -> Self {
        self.takes = takes;
        self
    }

    /// What stands in a context from now on.
    pub fn put_source(&self, context: &str, text: impl Into<String>) {
        self.set(context, Context::Text(text.into()));
    }

    /// From now on a context does not exist.
    pub fn remove_source(&self, context: &str) {
        self.set(context, Context::Missing);
    }

    /// From now on a context does not build.
    pub fn break_source(&self, context: &str) {
        self.set(context, Context::Broken);
    }

    /// Says whether something is made from an artifact right now.
    pub fn set_used(&self, artifact: &Artifact, used: bool) {
        self.kept.note(|kept| if used { kept.used.insert(artifact.clone()) } else { kept.used.remove(artifact) });
    }

    fn set(&self, context: &str, to: Context) {
        self.contexts.note(|contexts| contexts.insert(normal(context), to));
    }
}

#[async_trait]
impl Builder for MemoryBuilder {
    async fn build(&self, request: &BuildRequest, cx: &BuildCx) -> Result<Artifact> {
        let (service, context) = (&request.service, &request.spec.context);
        cx.cancel.check()?;
        if cx.deadline.has_passed(&*cx.env) {
            return Err(Deadline::exceeded("a build to begin"));
        }
        if escapes(context) {
            let text = format!("the build context {context:?} of {service} leads out of the project");
            return Err(Error::invalid(codes::BUILD_CONTEXT_ESCAPES, text));
        }
        let _building = Building::new(&self.kept);
        let work = cx.deadline.limit(&*cx.env, "a build", cx.env.sleep(self.takes));
        match future::select(std::pin::pin!(cx.cancel.cancelled()), std::pin::pin!(work)).await {
            Either::Left(_) => return Err(Cancel::error()),
            Either::Right((done, _)) => done?,
        }
        let found = self.contexts.read(|contexts| contexts.get(&normal(context)).cloned());
        let text = match found.unwrap_or(Context::Text(String::new())) {
            Context::Text(text) => text,
            Context::Missing => {
                let text = format!("the build context {context:?} of {service} does not exist");
                return Err(Error::not_found(codes::BUILD_CONTEXT_MISSING, text));
            }
            Context::Broken => return Err(Error::failed(codes::BUILD_FAILED, format!("{service} does not build"))),
        };
        (cx.log)(Bytes::from(format!("{service}: {} bytes", text.len())));
        let artifact = Artifact::Snapshot { digest: Body::of(&(&request.spec, &text))?.digest() };
        let owned = OwnedArtifact::new(artifact.clone(), cx.env.now()).with_bytes(text.len() as u64);
        self.kept.note(|kept| kept.artifacts.insert(artifact.clone(), owned));
        Ok(artifact)
    }

    fn artifacts(&self) -> Option<&dyn ArtifactStore> {
        Some(self)
    }
}

/// Counts a build that is under way.
struct Building<'a>(&'a Shared<Kept>);

impl<'a> Building<'a> {
    fn new(kept: &'a Shared<Kept>) -> Self {
        kept.note(|kept| kept.building += 1);
        Self(kept)
    }
}

impl Drop for Building<'_> {
    fn drop(&mut self) {
        self.0.note(|kept| kept.building -= 1);
    }
}

#[async_trait]
impl ArtifactStore for MemoryBuilder {
    async fn owned(&self) -> Result<Vec<OwnedArtifact>> {
        Ok(self.kept.read(|kept| kept.artifacts.values().cloned().collect()))
    }

    async fn remove(&self, one: &OwnedArtifact) -> Result<Change> {
        self.kept.note(|kept| {
            let Some(found) = kept.artifacts.get(&one.artifact) else {
                return Ok(Change::new(ChangeOutcome::Skipped, 0));
            };
            if kept.used.contains(&one.artifact) {
                return Err(Error::conflict(codes::OBJECT_IN_USE, format!("{} is in use", one.artifact)));
            }
            if kept.building > 0 || found.built != one.built {
                return Err(Error::conflict(codes::OBJECT_CHANGED, format!("{} may be built now", one.artifact)));
            }
            kept.artifacts.remove(&one.artifact);
            Ok(Change::new(ChangeOutcome::Deleted, 0))
        })
    }
}

impl fmt::Display for MemoryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

impl fmt::Debug for MemoryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBuilder").field("takes", &self.takes).finish_non_exhaustive()
    }
}

fn escapes(context: &str) -> bool {
    let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    !Path::new(context).components().all(inside)
}

/// `./api/` and `api` are one context.
fn normal(context: &str) -> String {
    let parts = context.split('/').filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::BuildSpec;
    use crate::{ServiceName, SourceDir, SystemEnv};

    async fn build(builder: &MemoryBuilder, context: &str) -> Result<Artifact> {
        let env = Arc::new(SystemEnv::new());
        let cx = BuildCx::new(env.clone(), Deadline::after(&*env, Duration::from_secs(60)));
        let service = ServiceName::new("api").unwrap();
        builder.build(&BuildRequest::new(service, BuildSpec::new(context), SourceDir::new("/src")), &cx).await
    }

    #[tokio::test]
    async fn equal_source_gives_an_equal_artifact_and_changed_source_another() {
        let builder = MemoryBuilder::new();
        builder.put_source("./api/", "one");
        let first = build(&builder, "api").await.unwrap();
        assert_eq!(build(&builder, "api").await.unwrap(), first);
        builder.put_source("api", "two");
        assert_ne!(build(&builder, "api").await.unwrap(), first);
    }

    #[tokio::test]
    async fn contexts_that_escape_are_missing_or_broken_are_told_apart() {
        let builder = MemoryBuilder::new();
        builder.remove_source("gone");
        builder.break_source("bad");
        for (context, code) in [
            ("../up", codes::BUILD_CONTEXT_ESCAPES),
            ("/etc", codes::BUILD_CONTEXT_ESCAPES),
            ("gone", codes::BUILD_CONTEXT_MISSING),
            ("bad", codes::BUILD_FAILED),
        ] {
            assert_eq!(build(&builder, context).await.unwrap_err().code(), &code, "{context}");
        }
    }
}
