//! Removing artifacts that nobody needs any more.

use eve_core::event::{RunKind, RunOutcome};
use eve_core::{
    Artifact, ChangeOutcome, Deadline, EnvironmentId, Error, ErrorKind, KeptFor, Needs, OwnedArtifact, Result,
    StreamId, codes,
};
use serde::Serialize;

use crate::{Engine, RunRecord, reading, recovery};

/// How artifacts are cleaned up.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CleanUp {
    /// True if nothing is removed, and the report says what would be. By default false.
    pub dry_run: bool,
}

impl CleanUp {
    /// As it is by default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether anything is removed.
    pub fn with_dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }
}

/// What was removed, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CleanUpReport {
    /// True if nothing was removed: what is listed so would be.
    pub dry_run: bool,
    /// What was removed.
    pub removed: Vec<OwnedArtifact>,
    /// What was kept.
    pub kept: Vec<KeptArtifact>,
}

/// An artifact that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeptArtifact {
    /// Which.
    #[serde(flatten)]
    pub owned: OwnedArtifact,
    /// Why, for at least one reason.
    pub kept_for: Vec<KeptFor>,
}

impl CleanUpReport {
    /// How many bytes that freed at most, as far as it is known: several may have shared some.
    pub fn freed_bytes(&self) -> u64 {
        self.removed.iter().filter_map(|one| one.bytes).sum()
    }

    fn keep(&mut self, owned: OwnedArtifact, kept_for: Vec<KeptFor>) {
        self.kept.push(KeptArtifact { owned, kept_for });
    }
}

/// What artifacts are needed for, and how the journal was when that was read.
struct Known {
    streams: Vec<(StreamId, u64)>,
    needs: Needs,
}

impl Engine {
    /// Removes the artifacts that this engine's builder made and nobody needs: all but those of releases
    /// that environments are at, of releases that a rollback goes to, and of runs that have not ended.
    /// What a container or process uses stays, whatever it is of. Nothing that others made is touched.
    ///
    /// It holds no lease: before each removal it looks whether anything was journaled meanwhile, and what
    /// is built again is not removed. A release whose artifact is gone cannot be promoted or gone back to
    /// any more; that is told before anything is changed (`artifact.not_found`). What [`plan`](Self::plan)
    /// built and no run works with is needed by nobody: a plan that waits for approval may have to be made
    /// again.
    ///
    /// # Errors
    /// `capability.unsupported` if the builder keeps no list; whatever it or the journal answers. What one
    /// artifact is refused for stands in the report.
    pub async fn clean_up(&self, how: CleanUp) -> Result<CleanUpReport> {
        let store = self.parts.builder.artifacts().ok_or_else(|| {
            let text = format!("{} keeps no list of what it made", self.parts.builder);
            Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text)
        })?;
        let mut report = CleanUpReport { dry_run: how.dry_run, ..CleanUpReport::default() };
        // Listed first: who made one of them since is journaled by now.
        let owned = store.owned().await?;
        let mut known = self.known().await?;
        let choice = known.needs.choose(owned);
        for (one, why) in choice.keep {
            report.keep(one, why);
        }
        for one in choice.remove {
            if how.dry_run {
                report.removed.push(one);
                continue;
            }
            if self.parts.journal.streams("").await? != known.streams {
                known = self.known().await?;
            }
            let why = known.needs.of(&one);
            if !why.is_empty() {
                report.keep(one, why);
                continue;
            }
            match store.remove(&one).await {
                Ok(change) if change.outcome == ChangeOutcome::Deleted => report.removed.push(one),
                // Somebody else removed it.
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Unavailable => return Err(error),
                Err(error) => {
                    let why = KeptFor::Refused { code: error.code().clone(), message: error.to_string() };
                    report.keep(one, vec![why]);
                }
            }
        }
        Ok(report)
    }

    /// Cleans up after a run that changed something, where that is asked for. That it failed is warned of.
    pub(crate) async fn clean_up_after(&self, outcome: &RunOutcome) {
        if !self.parts.settings.clean_up || !outcome.is_success() || outcome.is_unchanged() {
            return;
        }
        let env = &*self.parts.env;
        let deadline = Deadline::after(env, self.parts.settings.operation);
        let cleaned = deadline.limit(env, "cleaning up", self.clean_up(CleanUp::new())).await;
        match cleaned.and_then(|cleaned| cleaned) {
            Ok(report) => tracing::info!(removed = report.removed.len(), kept = report.kept.len(), "cleaned up"),
            Err(error) => tracing::warn!(error = %error, "artifacts that nobody needs are not cleaned up"),
        }
    }

    async fn known(&self) -> Result<Known> {
        let journal = &*self.parts.journal;
        // First: whatever is journaled while the rest is read is seen as a change.
        let streams = journal.streams("").await?;
        let mut needs = Needs::new();
        for env in recovery::environments(journal).await? {
            needs.add_ledger(&env, &reading::ledger(journal, &env).await?);
            for run in recovery::active(journal, &env).await? {
                needs.add_run(&env, &run.id, run.started, &self.artifacts_of(&env, &run).await?);
            }
        }
        Ok(Known { streams, needs })
    }

    /// The artifacts that a run is known to work with.
    async fn artifacts_of(&self, env: &EnvironmentId, run: &RunRecord) -> Result<Vec<Artifact>> {
        let mut out: Vec<Artifact> = run.artifacts.values().cloned().collect();
        match &run.kind {
            RunKind::Promote { release } => out.extend(release.artifacts.values().cloned()),
            RunKind::Rollback { bound } => out.extend(bound.artifacts.values().cloned()),
            _ => {}
        }
        if let Some(id) = &run.release {
            let releases = reading::releases(&*self.parts.journal, &env.org, &env.project).await?;
            let own = releases.into_iter().filter(|release| release.id == *id);
            out.extend(own.flat_map(|release| release.artifacts.into_values()));
        }
        Ok(out)
    }
}
