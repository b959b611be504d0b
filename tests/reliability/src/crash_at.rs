//! Ending this process at a point.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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

/// Counts the places that an engine comes to, from when it is armed, and ends the process by SIGKILL
/// at one point. Clones count together.
#[derive(Debug, Clone)]
pub struct CrashAt(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    point: Option<Point>,
    armed: AtomicBool,
    counts: Mutex<BTreeMap<(&'static str, Option<String>), u32>>,
    places: Mutex<Vec<Place>>,
}

impl CrashAt {
    /// Ends the process at a point; at none, it only counts.
    pub fn new(point: Option<Point>) -> Self {
        let (counts, places) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { point, armed: AtomicBool::new(false), counts, places }))
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

    pub(crate) async fn pass<T>(
        &self,
        method: &'static str,
        environment: Option<&EnvironmentId>,
        mut work: BoxFuture<'_, Result<T>>,
    ) -> Result<T> {
        if !self.0.armed.load(Ordering::SeqCst) {
            return work.await;
        }
        let place = self.arrive(method, environment);
        match self.0.point.as_ref().filter(|point| point.place == place).map(|point| point.moment) {
            None => work.await,
            Some(Moment::Before) => end(),
            Some(Moment::Begun) => {
                let _ = futures_util::poll!(&mut work);
                end()
            }
            Some(Moment::Sent) => {
                let _ = tokio::time::timeout(Duration::from_millis(1), work).await;
                end()
            }
            Some(Moment::After) => {
                let _ = work.await;
                end()
            }
        }
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
        if COUNTED.contains(&call.method) {
            self.pass(call.method.as_str(), call.environment, work()).await
        } else {
            work().await
        }
    }
}

fn end() -> ! {
    let sent = kill_process(getpid(), Signal::KILL);
    // The signal ends every thread before this one is asked to do anything else.
    panic!("SIGKILL did not end this process: {sent:?}")
}
