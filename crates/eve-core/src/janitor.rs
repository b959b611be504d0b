//! Which artifacts are needed by nobody any more. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Artifact, Bound, Code, EnvironmentId, Ledger, OwnedArtifact, ReleaseId, RunId, Timestamp};

/// How far the clocks of an engine and of what it builds on may be apart.
const APART: Duration = Duration::from_secs(5 * 60);

/// What artifacts are needed for, in all environments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    named: BTreeMap<Artifact, BTreeSet<KeptFor>>,
    /// Active runs, each with its beginning: what they build may be known to nobody yet.
    building: Vec<(Timestamp, KeptFor)>,
}

/// Why an artifact is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeptFor {
    /// An environment is at a release of it.
    Running {
        /// The environment.
        environment: EnvironmentId,
        /// The release.
        release: Option<ReleaseId>,
    },
    /// An environment would go back to a release of it.
    Rollback {
        /// The environment.
        environment: EnvironmentId,
        /// The release.
        release: Option<ReleaseId>,
    },
    /// A run that has not ended works with it, or may have made it.
    Run {
        /// The environment that it changes.
        environment: EnvironmentId,
        /// The run.
        run: RunId,
    },
    /// Its builder did not let it go.
    Refused {
        /// The stable code.
        code: Code,
        /// Why, in one sentence.
        message: String,
    },
}

/// What is to become of the artifacts that there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// Nobody needs these.
    pub remove: Vec<OwnedArtifact>,
    /// These are needed, each for at least one reason.
    pub keep: Vec<(OwnedArtifact, Vec<KeptFor>)>,
}

impl Needs {
    /// Nothing is needed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what an environment needs: the release that it is at, and the last one before that was
    /// healthy in it, to which a rollback goes.
    pub fn add_ledger(&mut self, environment: &EnvironmentId, ledger: &Ledger) {
        if let Some(bound) = ledger.current() {
            let (environment, release) = (environment.clone(), bound.release.clone());
            self.add(bound, &KeptFor::Running { environment, release });
        }
        if let Some(bound) = ledger.previous() {
            let (environment, release) = (environment.clone(), bound.release.clone());
            self.add(bound, &KeptFor::Rollback { environment, release });
        }
    }

    /// Adds what a run needs that has not ended: what it is known to work with, and whatever was built
    /// since it began.
    pub fn add_run<'a>(
        &mut self,
        environment: &EnvironmentId,
        run: &RunId,
        began: Timestamp,
        artifacts: impl IntoIterator<Item = &'a Artifact>,
    ) {
        let why = KeptFor::Run { environment: environment.clone(), run: run.clone() };
        for artifact in artifacts {
            self.named.entry(known(artifact)).or_default().insert(why.clone());
        }
        self.building.push((began, why));
    }

    fn add(&mut self, bound: &Bound, why: &KeptFor) {
        for artifact in bound.artifacts.values() {
            self.named.entry(known(artifact)).or_default().insert(why.clone());
        }
    }

    /// Why an artifact is needed; nothing if nobody needs it.
    pub fn of(&self, one: &OwnedArtifact) -> Vec<KeptFor> {
        let since = |began: Timestamp| one.built.as_millis().saturating_add(millis(APART)) >= began.as_millis();
        let building = self.building.iter().filter(|(began, _)| since(*began)).map(|(_, why)| why.clone());
        let named = self.named.get(&known(&one.artifact)).into_iter().flatten().cloned();
        named.chain(building).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Parts what is needed from what is not.
    pub fn choose(&self, owned: impl IntoIterator<Item = OwnedArtifact>) -> Choice {
        let mut choice = Choice::default();
        for one in owned {
            let why = self.of(&one);
            if why.is_empty() {
                choice.remove.push(one);
            } else {
                choice.keep.push((one, why));
            }
        }
        choice
    }
}

/// An artifact as it is told from others: an engine that was given another id has its images still.
fn known(artifact: &Artifact) -> Artifact {
    match artifact {
        Artifact::LocalImage { id, .. } => Artifact::LocalImage { id: id.clone(), daemon: String::new() },
        other => other.clone(),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for KeptFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running { environment, .. } => write!(f, "{environment} is at it"),
            Self::Rollback { environment, .. } => write!(f, "{environment} would go back to it"),
            Self::Run { environment, run } => write!(f, "run {run} is changing {environment}"),
            Self::Refused { code, message } => write!(f, "{message} ({code})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EnvironmentEvent, Event as _, Fault, Undo};
    use crate::{Desired, Digest, Entry, Env as _, Error, ServiceName, StreamId, SystemEnv, codes};

    fn artifact(number: u32) -> Artifact {
        Artifact::Snapshot { digest: Digest::of(number.to_string()) }
    }

    fn owned(number: u32) -> OwnedArtifact {
        OwnedArtifact::new(artifact(number), Timestamp::default())
    }

    fn shop(env: &str) -> EnvironmentId {
        EnvironmentId::parse(&format!("acme/shop/{env}")).unwrap()
    }

    fn bound(env: &str, number: u32) -> Bound {
        let mut bound = Bound::unreleased(Desired::empty(shop(env)));
        bound.release = Some(ReleaseId::of_content(&Digest::of(number.to_string())));
        bound.artifacts.insert(ServiceName::new("web").unwrap(), artifact(number));
        bound
    }

    /// A ledger of releases that were healthy, failed (as a negative number) or deleted (0).
    fn ledger(env: &str, lines: &[i32]) -> Ledger {
        let run = RunId::generate(&SystemEnv::new());
        let (by, requested_by) = ("deploy".to_owned(), "test".to_owned());
        let event = |line: &i32| match *line {
            0 => EnvironmentEvent::Deleted { run: run.clone(), requested_by: requested_by.clone() },
            n if n < 0 => EnvironmentEvent::Failed {
                run: run.clone(),
                by: by.clone(),
                requested_by: requested_by.clone(),
                bound: Box::new(bound(env, n.unsigned_abs())),
                fault: Fault::from(Error::failed(codes::WORKLOAD_CRASHED, "it crashed")),
                undo: Undo::Complete,
            },
            n => EnvironmentEvent::Deployed {
                run: run.clone(),
                by: by.clone(),
                requested_by: requested_by.clone(),
                bound: Box::new(bound(env, n.unsigned_abs())),
                instances: Vec::new(),
                healthy_at: Timestamp::default(),
            },
        };
        let entry = |(i, line): (usize, &i32)| {
            let record = event(line).record(Timestamp::default()).unwrap();
            Entry::new(StreamId::environment(&shop(env)), i as u64 + 1, record)
        };
        Ledger::fold(&lines.iter().enumerate().map(entry).collect::<Vec<_>>()).unwrap()
    }

    fn removed(needs: &Needs, numbers: impl IntoIterator<Item = u32>) -> Vec<Artifact> {
        needs.choose(numbers.into_iter().map(owned)).remove.into_iter().map(|one| one.artifact).collect()
    }

    #[test]
    fn what_runs_and_what_a_rollback_goes_to_stay_in_every_environment() {
        let mut needs = Needs::new();
        needs.add_ledger(&shop("prod"), &ledger("prod", &[1, 2, 3]));
        needs.add_ledger(&shop("staging"), &ledger("staging", &[3, 4]));
        assert_eq!(removed(&needs, 1..=5), [artifact(1), artifact(5)]);
        let choice = needs.choose([owned(3)]);
        assert_eq!(choice.keep[0].1.len(), 2, "prod is at it, and staging would go back to it: {choice:?}");
    }

    #[test]
    fn a_release_that_was_never_healthy_is_nobodys_and_hides_no_other() {
        let mut needs = Needs::new();
        needs.add_ledger(&shop("prod"), &ledger("prod", &[1, 2, -3, -4]));
        assert_eq!(removed(&needs, 1..=4), [artifact(3), artifact(4)]);
    }

    #[test]
    fn the_same_release_again_moves_no_rollback_target() {
        let mut needs = Needs::new();
        needs.add_ledger(&shop("prod"), &ledger("prod", &[1, 2, 2, 2]));
        assert_eq!(removed(&needs, 1..=2), Vec::new());
    }

    #[test]
    fn an_image_is_needed_whatever_its_engine_is_called_by_now() {
        let image = |daemon: &str| Artifact::LocalImage { id: Digest::of("image"), daemon: daemon.to_owned() };
        let mut needs = Needs::new();
        needs.add_run(&shop("prod"), &RunId::generate(&SystemEnv::new()), SystemEnv::new().now(), &[image("before")]);
        assert_eq!(needs.choose([OwnedArtifact::new(image("since"), Timestamp::default())]).remove, []);
    }

    #[test]
    fn a_deleted_environment_needs_nothing() {
        let mut needs = Needs::new();
        needs.add_ledger(&shop("prod"), &ledger("prod", &[1, 2, 0]));
        assert_eq!(removed(&needs, 1..=2), [artifact(1), artifact(2)]);
    }

    #[test]
    fn what_an_active_run_names_or_may_have_built_stays() {
        let (clock, mut needs) = (SystemEnv::new(), Needs::new());
        let (began, run) = (clock.now(), RunId::generate(&clock));
        needs.add_run(&shop("prod"), &run, began, &[artifact(1)]);
        let young = OwnedArtifact::new(artifact(2), began);
        let choice = needs.choose([owned(1), young.clone(), owned(3)]);
        assert_eq!(choice.remove, [owned(3)]);
        assert_eq!(choice.keep.iter().map(|(one, _)| one.clone()).collect::<Vec<_>>(), [owned(1), young]);
    }
}
