//! Requests that begin when the clock says so, whatever became of the others.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::client::Client;
use super::loss::Loss;
use super::tally::{Asked, Seen, Success, Tally};

/// How long a client waits for one answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Idle connections that are kept.
const MAX_IDLE: usize = 64;
/// Coprime to a hundred: the slow requests of a hundred are spread over it.
const SPREAD: u64 = 37;

/// Where requests go.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Where to connect to: `host:port`.
    pub(crate) address: Arc<str>,
    /// The host that is asked for.
    pub(crate) host: Arc<str>,
}

impl Target {
    pub(crate) fn new(address: impl Into<Arc<str>>, host: impl Into<Arc<str>>) -> Self {
        Self { address: address.into(), host: host.into() }
    }
}

/// What is asked for, and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mix {
    /// Requests in each of the two loops.
    pub(crate) per_second: u32,
    /// Paths that take their time, and how many of a hundred requests each gets.
    pub(crate) slow: &'static [(&'static str, u64)],
}

impl Mix {
    fn path(&self, turn: u64) -> Option<&'static str> {
        let mut place = turn.wrapping_mul(SPREAD) % 100;
        for (path, share) in self.slow {
            if place < *share {
                return Some(path);
            }
            place -= share;
        }
        None
    }
}

/// A load that goes on until it is stopped.
#[derive(Debug)]
pub(crate) struct Load {
    stop: watch::Sender<bool>,
    success: watch::Sender<Option<Success>>,
    kept: Loop,
    new: Loop,
}

#[derive(Debug)]
struct Loop {
    task: JoinHandle<()>,
    tally: Arc<Mutex<Tally>>,
}

impl Load {
    pub(crate) fn start(target: &Target, mix: Mix) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (success, succeeded) = watch::channel(None);
        let begin = |pool: Option<Pool>| {
            let tally = Arc::<Mutex<Tally>>::default();
            let run = run(target.clone(), mix, pool, Arc::clone(&tally), stopped.clone(), succeeded.clone());
            Loop { task: tokio::spawn(run), tally }
        };
        Self { kept: begin(Some(Pool::default())), new: begin(None), stop, success }
    }

    /// A release's deploy was just reported a success: from now on nothing older may answer.
    pub(crate) fn succeeded(&self, release: u32) {
        self.success.send_replace(Some(Success { release, at: Instant::now() }));
    }

    /// Begins no more requests, waits for all that were begun, and tells what was seen.
    pub(crate) async fn stop(self) -> Seen {
        self.stop.send_replace(true);
        Seen { kept: self.kept.end().await, new: self.new.end().await }
    }
}

impl Loop {
    async fn end(self) -> Tally {
        // One that panicked would be seen in its numbers: what it began and did not note.
        let _ = self.task.await;
        lock(&self.tally).clone()
    }
}

/// Idle connections.
type Pool = Arc<Mutex<Vec<Client>>>;

async fn run(
    target: Target,
    mix: Mix,
    pool: Option<Pool>,
    tally: Arc<Mutex<Tally>>,
    mut stopped: watch::Receiver<bool>,
    success: watch::Receiver<Option<Success>>,
) {
    let mut clock = tokio::time::interval(Duration::from_secs(1) / mix.per_second);
    let mut open = JoinSet::new();
    for turn in 0_u64.. {
        tokio::select! {
            _ = stopped.changed() => break,
            _ = clock.tick() => {}
        }
        while open.try_join_next().is_some() {}
        lock(&tally).sent += 1;
        let (target, tally, pool, success) = (target.clone(), Arc::clone(&tally), pool.clone(), success.clone());
        open.spawn(async move {
            let slow = mix.path(turn);
            let asked = Asked { path: slow.unwrap_or("/"), is_quick: slow.is_none(), begun: Instant::now() };
            let one = tokio::time::timeout(PATIENCE, one(&target, pool.as_ref(), asked.path));
            let (answer, client) = one.await.unwrap_or((Err(Loss::Late), None));
            let success = *success.borrow();
            lock(&tally).note(asked, answer, success);
            if let (Some(pool), Some(client)) = (pool, client)
                && let Some(client) = client.kept().await
            {
                let mut pool = lock(&pool);
                if pool.len() < MAX_IDLE {
                    pool.push(client);
                }
            }
        });
    }
    while open.join_next().await.is_some() {}
}

/// Asks on the connection that was idle for the shortest time, or on a new one.
async fn one(target: &Target, pool: Option<&Pool>, path: &str) -> (Result<u32, Loss>, Option<Client>) {
    let idle = pool.and_then(|pool| {
        let mut pool = lock(pool);
        std::iter::from_fn(|| pool.pop()).find(Client::is_open)
    });
    let mut client = match idle {
        Some(client) => client,
        None => match Client::connect(target).await {
            Ok(client) => client,
            Err(loss) => return (Err(loss), None),
        },
    };
    match client.ask(target, path).await {
        Ok(release) => (Ok(release), Some(client)),
        Err(loss) => (Err(loss), None),
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
