//! Ending this process at a point, or stopping it there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use eve::wrap::{Around, Call, Method};
use eve::{EnvironmentId, Result};
use futures_util::future::BoxFuture;
use rustix::process::{Signal, getpid, kill_process};

use crate::{Moment, Place, Point};

/// The calls that change something. A lease is renewed by the clock, not by the run, so where it
/// falls is no place.
const COUNTED: [Method; 12] = [
    Method::JournalAppend,
    Method::JournalAcquire,
    Method::JournalRelease,
    Method::RuntimePerform,
    Method::RoutesPrepare,
    Method::RoutesSwitch,
    Method::RoutesDrain,
    Method::RoutesForget,
    Method::RoutesClose,
    Method::RunnerStart,
    Method::RunnerStop,
    Method::RunnerForget,
];

/// Within that time, whoever does it was told.
const SENT: Duration = Duration::from_millis(1);
/// Within that time, a cluster was told, and has not yet come to what it was told.
const AMID: Duration = Duration::from_millis(60);

/// The calls that write the journal's file.
const COMMITS: [Method; 4] =
    [Method::JournalAppend, Method::JournalAcquire, Method::JournalRenew, Method::JournalRelease];

/// Counts the places that an engine comes to, from when it is armed, and ends the process by SIGKILL
/// at one point, or stops it there by SIGSTOP. Clones count together.
#[derive(Debug, Clone)]
pub struct CrashAt(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    point: Option<Point>,
    signal: Signal,
    armed: AtomicBool,
    counts: Mutex<BTreeMap<(&'static str, Option<String>), u32>>,
    places: Mutex<Vec<Place>>,
    late: Mutex<Option<String>>,
    /// How many commits are under way.
    commits: AtomicUsize,
}

/// A commit that is under way.
struct Commit<'a>(&'a AtomicUsize);

impl<'a> Commit<'a> {
    fn begin(commits: &'a AtomicUsize) -> Self {
        commits.fetch_add(1, Ordering::SeqCst);
        Self(commits)
    }
}

impl Drop for Commit<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl CrashAt {
    /// Ends the process at a point; at none, it only counts.
    pub fn new(point: Option<Point>) -> Self {
        Self::with_signal(point, Signal::KILL)
    }

    /// Stops the process at a point: it goes on from there when somebody sends it SIGCONT.
    pub fn stopping(point: Option<Point>) -> Self {
        Self::with_signal(point, Signal::STOP)
    }

    fn with_signal(point: Option<Point>, signal: Signal) -> Self {
        Self(Arc::new(Inner {
            point,
            signal,
            armed: AtomicBool::new(false),
            counts: Mutex::default(),
            places: Mutex::default(),
            late: Mutex::default(),
            commits: AtomicUsize::new(0),
        }))
    }

    /// Counts from now on.
    pub fn arm(&self) {
        self.0.armed.store(true, Ordering::SeqCst);
    }

    /// Counts no more.
    pub fn disarm(&self) {
        self.0.armed.store(false, Ordering::SeqCst);
    }

    /// The places that the engine came to, in order.
    pub fn places(&self) -> Vec<Place> {
        self.0.places.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What came of the call in which the process was stopped, once it went on: `done`, or a code.
    pub fn late(&self) -> Option<String> {
        self.0.late.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn pass<T>(
        &self,
        method: &'static str,
        environment: Option<&EnvironmentId>,
        work: BoxFuture<'_, Result<T>>,
    ) -> Result<T> {
        if !self.0.armed.load(Ordering::SeqCst) {
            return work.await;
        }
        let place = self.arrive(method, environment);
        match self.0.point.as_ref().filter(|point| point.place == place).map(|point| point.moment) {
            None => work.await,
            Some(moment) => {
                let done = self.strike_at(moment, work).await;
                let late = done.as_ref().map_or_else(|error| error.code().to_string(), |_| "done".to_owned());
                *self.0.late.lock().unwrap_or_else(PoisonError::into_inner) = Some(late);
                done
            }
        }
    }

    async fn strike_at<T>(&self, moment: Moment, mut work: BoxFuture<'_, Result<T>>) -> Result<T> {
        match moment {
            Moment::Before => {
                self.idle().await;
                self.strike();
                work.await
            }
            Moment::Begun => {
                let begun = futures_util::poll!(&mut work);
                self.strike();
                match begun {
                    Poll::Ready(done) => done,
                    Poll::Pending => work.await,
                }
            }
            Moment::Sent | Moment::Amid => {
                let so_long = if moment == Moment::Sent { SENT } else { AMID };
                let sent = tokio::time::timeout(so_long, &mut work).await;
                self.strike();
                match sent {
                    Ok(done) => done,
                    Err(_) => work.await,
                }
            }
            Moment::After => {
                let done = work.await;
                self.idle().await;
                self.strike();
                done
            }
        }
    }

    /// Waits until this engine commits nothing: who is stopped amid a commit has the journal's file
    /// locked, and holds up everybody. Whoever is killed there does not.
    async fn idle(&self) {
        const TICK: Duration = Duration::from_millis(1);
        while self.0.signal == Signal::STOP && self.0.commits.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(TICK).await;
        }
    }

    fn strike(&self) {
        /// Whichever thread takes the signal, the others stop within this.
        const ALL: Duration = Duration::from_millis(20);
        let signal = self.0.signal;
        let sent = kill_process(getpid(), signal);
        std::thread::sleep(ALL);
        // Who was stopped goes on here.
        assert!(sent.is_ok() && signal == Signal::STOP, "{signal:?} did not end this process: {sent:?}");
    }

    fn arrive(&self, method: &'static str, environment: Option<&EnvironmentId>) -> Place {
        let environment = environment.map(|id| id.env.to_string());
        let count = {
            let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry((method, environment.clone())).or_default();
            *count += 1;
            *count
        };
        let place = Place { method: method.to_owned(), environment, count };
        self.0.places.lock().unwrap_or_else(PoisonError::into_inner).push(place.clone());
        place
    }
}

impl Around for CrashAt {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let work = || -> BoxFuture<'a, Result<T>> {
            let inner = work();
            if !COMMITS.contains(&call.method) {
                return inner;
            }
            Box::pin(async move {
                let _commit = Commit::begin(&self.0.commits);
                inner.await
            })
        };
        if COUNTED.contains(&call.method) {
            self.pass(call.method.as_str(), call.environment, work()).await
        } else {
            work().await
        }
    }
}
