//! All probers, and what is known without one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::probe;
use super::prober::Prober;
use super::standing::Standing;
use super::target::Target;
use crate::api::Daemon;
use crate::runtime::{EngineHealth, Phase, Sight};
use crate::watching::Feed;

/// How many commands are run inside containers at once.
const COMMANDS: usize = 4;
/// How long whoever has no prober waits for an answer.
const LOOK: Duration = Duration::from_secs(1);
/// How much less than it should a container may seem to have run: the engine tells whole seconds.
const MOMENT: Duration = Duration::from_secs(2);
/// Above this many containers, what is known of those that nobody asks for any more is forgotten.
const KNOWN: usize = 4096;

/// All probers of an engine's containers. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Probes {
    daemon: Daemon,
    feed: Feed,
    turns: Turns,
    live: Arc<Mutex<HashMap<String, Weak<Prober>>>>,
    /// What was found out last.
    known: Arc<Mutex<HashMap<String, Known>>>,
}

/// What was found out of a container.
#[derive(Debug, Clone)]
struct Known {
    /// How often it had ended by then, as far as somebody listened.
    life: u64,
    when: Instant,
    standing: Standing,
}

/// Whose turn it is to run a command.
#[derive(Debug, Clone)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    /// Waits for a turn where one is needed: what is tried over the network costs nobody anything.
    pub(super) async fn take(&self, target: &Target) -> Option<OwnedSemaphorePermit> {
        if !target.is_the_engines() {
            return None;
        }
        Arc::clone(&self.0).acquire_owned().await.ok()
    }
}

impl Probes {
    pub(crate) fn new(daemon: Daemon, feed: Feed) -> Self {
        let turns = Turns(Arc::new(Semaphore::new(COMMANDS)));
        Self { daemon, feed, turns, live: Arc::default(), known: Arc::default() }
    }

    /// The prober of a container, begun where there is none; none for what does not run. Needs a
    /// tokio runtime around it.
    pub(crate) fn attend(&self, sight: &Sight) -> Option<Arc<Prober>> {
        if sight.phase != Phase::Running {
            return None;
        }
        let life = self.feed.deaths(&sight.id);
        let known = self.known(sight, life);
        let mut probers = lock(&self.live);
        probers.retain(|_, prober| prober.strong_count() > 0);
        if let Some(prober) = probers.get(&sight.id).and_then(Weak::upgrade).filter(|prober| prober.life == life) {
            return Some(prober);
        }
        let (daemon, feed, turns) = (self.daemon.clone(), self.feed.clone(), self.turns.clone());
        let prober = Arc::new(Prober::begin(daemon, feed, turns, sight, known, life));
        probers.insert(sight.id.clone(), Arc::downgrade(&prober));
        Some(prober)
    }

    /// How a container is. Without a prober it is tried once, unless the engine or an earlier answer
    /// tells.
    pub(crate) async fn standing(&self, sight: &Sight) -> Standing {
        let life = self.feed.deaths(&sight.id);
        let prober = lock(&self.live).get(&sight.id).and_then(Weak::upgrade).filter(|prober| prober.life == life);
        let known = prober.map_or_else(|| self.known(sight, life), |prober| prober.standing());
        let standing = self.judged(sight, known).await;
        let mut all = lock(&self.known);
        if all.len() > KNOWN {
            all.clear();
        }
        all.insert(sight.id.clone(), Known { life, when: Instant::now(), standing: standing.clone() });
        standing
    }

    /// What a try was answered last.
    pub(crate) fn last_answer(&self, id: &str) -> Option<String> {
        lock(&self.known).get(id).and_then(|known| known.standing.answer.clone())
    }

    /// What is known of a container's present life.
    fn known(&self, sight: &Sight, life: u64) -> Standing {
        let known = lock(&self.known).get(&sight.id).cloned();
        let Some(known) = known else { return Standing::default() };
        // Nobody may have listened when it ended and was started again: then it has run for less long.
        let same = sight.up.is_some_and(|up| up + MOMENT >= known.when.elapsed());
        if known.life == life && sight.phase == Phase::Running && same {
            known.standing
        } else {
            known.standing.after_an_end()
        }
    }

    async fn judged(&self, sight: &Sight, known: Standing) -> Standing {
        if sight.phase != Phase::Running {
            return known.after_an_end();
        }
        let (target, check) = Target::of(sight);
        let attended = lock(&self.live).get(&sight.id).is_some_and(|prober| prober.strong_count() > 0);
        match (&target, sight.health) {
            (_, Some(EngineHealth::Healthy)) if target.is_the_engines() => Standing::ready(known.answer),
            (_, Some(EngineHealth::Unhealthy)) if target.is_the_engines() => Standing { ready: false, ..known },
            // A prober says what there is to say, at its own pace.
            _ if attended || (known.ready && (target.is_the_engines() || target == Target::Running)) => known,
            (Target::Running, _) if sight.up.is_none_or(|up| up.is_zero()) => known,
            (Target::Running, _) => Standing::ready(known.answer),
            _ => {
                let trying = async {
                    let _turn = self.turns.take(&target).await;
                    probe::once(&self.daemon, &sight.id, &target, check.timeout.min(LOOK)).await
                };
                let Ok(answer) = tokio::time::timeout(LOOK, trying).await else { return known.after_an_end() };
                if answer.passed {
                    Standing::ready(Some(answer.text))
                } else {
                    Standing { ready: false, answer: Some(answer.text), ..known }
                }
            }
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
