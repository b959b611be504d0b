//! A client's connection.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::instance::Instance;
use crate::table::RouteKey;

/// What a listener leads to.
#[derive(Debug)]
pub(crate) enum Door {
    /// All public routes, by host and path.
    Public,
    /// One internal route.
    Internal(RouteKey),
}

/// A client's connection, as its requests see it.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) door: Arc<Door>,
    pub(crate) peer: IpAddr,
    /// The place among the listener's connections; a tunnel holds it on.
    pub(crate) permit: Arc<OwnedSemaphorePermit>,
    answer: Mutex<Option<Answer>>,
}

/// The instance whose answer passes, or passed last.
#[derive(Debug)]
struct Answer {
    instance: Arc<Instance>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    passes: bool,
}

impl Guest {
    pub(crate) fn new(door: Arc<Door>, peer: IpAddr, permit: OwnedSemaphorePermit) -> Self {
        Self { door, peer, permit: Arc::new(permit), answer: Mutex::default() }
    }

    /// An answer of an instance begins to pass: the connection is cut with the instance.
    pub(crate) fn cut_with(&self, instance: &Arc<Instance>) {
        let mut answer = self.answer();
        match &mut *answer {
            Some(answer) if Arc::ptr_eq(&answer.instance, instance) => answer.passes = true,
            other => {
                let cut = Box::pin(instance.cut_token().clone().cancelled_owned());
                *other = Some(Answer { instance: Arc::clone(instance), cut, passes: true });
            }
        }
    }

    /// The answer has passed, or broke off.
    pub(crate) fn spare(&self) {
        if let Some(answer) = &mut *self.answer() {
            answer.passes = false;
        }
    }

    /// Ready once the instance whose answer passes is cut. Whoever serves the connection asks every
    /// time, also while the client takes nothing of the answer.
    pub(crate) fn poll_cut(&self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut *self.answer() {
            Some(answer) if answer.passes => answer.cut.as_mut().poll(cx),
            _ => Poll::Pending,
        }
    }

    fn answer(&self) -> MutexGuard<'_, Option<Answer>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
