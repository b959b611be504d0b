//! Backends at whose calls an engine dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use eve_core::Result;
use eve_core::wrap::{Around, Call, Method, Wrap};
use eve_engine::{Engine, EngineBuilder};
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::bench::Bench;

/// An engine dies at one of its changing calls: nothing comes back from it, ever, nor from any
/// call after it.
#[derive(Debug, Clone)]
pub(crate) struct Death {
    nth: i64,
    left: Arc<AtomicI64>,
    /// Whether the call at which it dies has its effect.
    happens: bool,
    dead: Arc<Notify>,
}

impl Death {
    /// At the `nth` changing call (from 1), before or after its effect.
    pub(crate) fn at(nth: i64, happens: bool) -> Self {
        Self { nth, left: Arc::new(AtomicI64::new(nth)), happens, dead: Arc::default() }
    }

    /// At which changing call it comes.
    pub(crate) fn nth(&self) -> i64 {
        self.nth
    }

    /// How many changing calls there were.
    pub(crate) fn changes(&self) -> i64 {
        self.nth - self.left.load(Ordering::SeqCst)
    }

    /// An engine on the backends of a bench that dies this way.
    pub(crate) fn of(&self, bench: &Bench) -> Engine {
        let parts: EngineBuilder = bench
            .parts()
            .journal(Arc::new(Wrap::around(bench.journal.clone(), self.clone())))
            .runtime(Arc::new(Wrap::around(bench.runtime.clone(), self.clone())))
            .routes(Arc::new(Wrap::around(bench.routes.clone(), self.clone())))
            .runner(Arc::new(Wrap::around(bench.runner.clone(), self.clone())));
        parts.build().unwrap()
    }

    /// Waits for it.
    pub(crate) async fn came(&self) {
        self.dead.notified().await;
    }
}

impl Around for Death {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let changes = matches!(
            call.method,
            Method::JournalAppend
                | Method::RuntimePerform
                | Method::RoutesPrepare
                | Method::RoutesSwitch
                | Method::RoutesDrain
                | Method::RoutesForget
                | Method::RoutesClose
                | Method::RunnerStart
                | Method::RunnerStop
                | Method::RunnerForget
        );
        if !changes {
            return work().await;
        }
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        if left > 1 {
            return work().await;
        }
        if left == 1 && self.happens {
            drop(work().await);
        }
        self.dead.notify_one();
        std::future::pending().await
    }
}
