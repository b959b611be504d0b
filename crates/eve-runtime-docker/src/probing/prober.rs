//! Trying one container until it has passed, and on.

use std::sync::{Arc, Mutex, PoisonError};

use eve_core::{ProbeVerdict, Probing};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::probe;
use super::probes::Turns;
use super::standing::Standing;
use super::target::Target;
use crate::api::Daemon;
use crate::clock;
use crate::runtime::Sight;
use crate::watching::Feed;

/// Tries one container again and again, as long as somebody holds this.
#[derive(Debug)]
pub(crate) struct Prober {
    standing: Arc<Mutex<Standing>>,
    task: AbortHandle,
    /// How often the container had ended when this began.
    pub(super) life: u64,
}

impl Prober {
    /// Begins with what is known already. Needs a tokio runtime around it.
    pub(super) fn begin(daemon: Daemon, feed: Feed, turns: Turns, sight: &Sight, known: Standing, life: u64) -> Self {
        let standing = Arc::new(Mutex::new(known));
        let work = Work { daemon, feed, turns, sight: sight.clone(), standing: Arc::clone(&standing) };
        let task = tokio::spawn(work.run()).abort_handle();
        Self { standing, task, life }
    }

    pub(super) fn standing(&self) -> Standing {
        lock(&self.standing).clone()
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Work {
    daemon: Daemon,
    feed: Feed,
    turns: Turns,
    sight: Sight,
    standing: Arc<Mutex<Standing>>,
}

impl Work {
    async fn run(self) {
        let (target, check) = Target::of(&self.sight);
        let begun = Instant::now();
        let mut probing = Probing::default();
        loop {
            let counts = begun.elapsed() >= check.start_period;
            let answer = {
                let _turn = self.turns.take(&target).await;
                probe::once(&self.daemon, &self.sight.id, &target, check.timeout).await
            };
            let verdict = probing.answer(answer.passed, counts, check.retries.max(1));
            self.answered(verdict, answer.text);
            if answer.passed && (target == Target::Running || target.is_the_engines()) {
                return;
            }
            tokio::time::sleep(probing.pause(check.interval)).await;
        }
    }

    fn answered(&self, verdict: ProbeVerdict, text: String) {
        let before;
        let after = {
            let mut standing = lock(&self.standing);
            before = standing.clone();
            standing.answer = Some(text);
            match verdict {
                ProbeVerdict::Ready => *standing = Standing::ready(standing.answer.take()),
                ProbeVerdict::Unhealthy => {
                    standing.ready = false;
                    standing.unhealthy_since.get_or_insert_with(clock::now);
                }
                _ => {}
            }
            standing.clone()
        };
        if (before.ready, before.unhealthy_since) != (after.ready, after.unhealthy_since) {
            self.feed.say(&self.sight.name);
        }
    }
}

fn lock(standing: &Mutex<Standing>) -> std::sync::MutexGuard<'_, Standing> {
    standing.lock().unwrap_or_else(PoisonError::into_inner)
}
