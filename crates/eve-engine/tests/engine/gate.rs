//! A backend whose next call waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eve_core::Result;
use eve_core::wrap::{Around, Call, Method};
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;

use crate::bench::Bench;

/// A backend whose next call of a method waits until it may go on, before its effect or after it.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    method: Method,
    after: bool,
    is_past: Arc<AtomicBool>,
    asked: Arc<Semaphore>,
    may_go_on: Arc<Semaphore>,
}

impl Gate {
    pub(crate) fn before(method: Method) -> Self {
        let [asked, may_go_on] = [0, 0].map(|permits| Arc::new(Semaphore::new(permits)));
        Self { method, after: false, is_past: Arc::default(), asked, may_go_on }
    }

    pub(crate) fn after(method: Method) -> Self {
        Self { after: true, ..Self::before(method) }
    }

    /// Waits until somebody waits.
    pub(crate) async fn reached(&self, bench: &Bench) {
        bench.within("a call", self.asked.acquire()).await.unwrap().forget();
    }

    /// Lets whoever waits go on.
    pub(crate) fn open(&self) {
        self.may_go_on.add_permits(1);
    }

    async fn pass(&self) {
        self.asked.add_permits(1);
        self.may_go_on.acquire().await.unwrap().forget();
    }
}

impl Around for Gate {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        if call.method != self.method || self.is_past.swap(true, Ordering::SeqCst) {
            return work().await;
        }
        if self.after {
            let done = work().await;
            self.pass().await;
            return done;
        }
        self.pass().await;
        work().await
    }
}
