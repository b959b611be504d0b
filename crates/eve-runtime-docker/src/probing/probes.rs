//! All probers, and what is known without one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

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
/// Above this many containers, what is known of those that nobody asks for any more is forgotten.
const KNOWN: usize = 4096;

/// All probers of an engine's containers. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Probes {
    daemon: Daemon,
    feed: Feed,
    turns: Turns,
    live: Arc<Mutex<HashMap<String, Weak<Prober>>>>,
    /// What was found out last, and how often the container had ended by then.
    known: Arc<Mutex<HashMap<String, (u64, Standing)>>>,
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
        all.insert(sight.id.clone(), (life, standing.clone()));
        standing
    }

    /// What a try was answered last.
    pub(crate) fn last_answer(&self, id: &str) -> Option<String> {
        lock(&self.known).get(id).and_then(|(_, standing)| standing.answer.clone())
    }

    fn known(&self, sight: &Sight, life: u64) -> Standing {
        match lock(&self.known).get(&sight.id) {
            Some((then, standing)) if *then == life && sight.phase == Phase::Running => standing.clone(),
            Some((_, standing)) => standing.after_an_end(),
            None => Standing::default(),
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
            (Target::Running, _) if sight.fresh => known,
            (Target::Running, _) => Standing::ready(known.answer),
            _ => {
                let _turn = self.turns.take(&target).await;
                let answer = probe::once(&self.daemon, &sight.id, &target, check.timeout.min(LOOK)).await;
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
