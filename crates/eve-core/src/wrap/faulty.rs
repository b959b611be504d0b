//! Planted failures.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::{Around, Call, Method, Wrap};
use crate::{Code, Error, ErrorKind, Result, codes};

/// Lets calls fail by a plan.
pub type Faulty<T> = Wrap<T, Faults>;

/// A call that is to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    method: Method,
    nth: u32,
    when: When,
    kind: ErrorKind,
    code: Code,
}

/// When a planted failure strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// Instead of the effect. A stream begins with a gap.
    Before,
    /// After the effect, whose answer is lost. A stream ends in a gap, if it ends.
    After,
}

impl Fault {
    /// The `nth` call (from 1) of a method fails with `fault.injected`, as if the other side could
    /// not be reached.
    pub fn new(method: Method, nth: u32, when: When) -> Self {
        Self { method, nth, when, kind: ErrorKind::Unavailable, code: codes::FAULT_INJECTED }
    }

    /// Lets it fail in another way.
    pub fn with_error(mut self, kind: ErrorKind, code: Code) -> Self {
        (self.kind, self.code) = (kind, code);
        self
    }

    fn error(&self) -> Error {
        Error::new(self.kind, self.code.clone(), format!("call {} of {} was planted to fail", self.nth, self.method))
    }
}

/// The calls so far and those that are to fail. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    plan: Arc<[Fault]>,
    calls: Arc<Mutex<BTreeMap<Method, u32>>>,
}

impl<T> Wrap<T, Faults> {
    /// Lets the planned calls fail.
    pub fn new(inner: T, plan: impl IntoIterator<Item = Fault>) -> Self {
        Self::around(inner, Faults { plan: plan.into_iter().collect(), calls: Arc::default() })
    }

    /// How often a method was called, in vain or not.
    pub fn calls(&self, method: Method) -> u32 {
        self.around.lock().get(&method).copied().unwrap_or(0)
    }
}

impl Faults {
    /// Counts a call, and says how it is to fail, if it is.
    fn strike(&self, call: &Call<'_>) -> Option<&Fault> {
        let mut calls = self.lock();
        let count = calls.entry(call.method).or_default();
        *count += 1;
        self.plan.iter().find(|fault| fault.method == call.method && fault.nth == *count)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Method, u32>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Around for Faults {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        match self.strike(&call) {
            None => work().await,
            Some(fault) => {
                if fault.when == When::After {
                    work().await?;
                }
                Err(fault.error())
            }
        }
    }

    fn pure<T>(&self, call: Call<'_>, work: impl FnOnce() -> Result<T>) -> Result<T> {
        match self.strike(&call) {
            None => work(),
            Some(fault) => Err(fault.error()),
        }
    }

    fn stream<T: Send + 'static>(
        &self,
        call: Call<'_>,
        open: impl FnOnce() -> BoxStream<'static, Result<T>>,
    ) -> BoxStream<'static, Result<T>> {
        let Some(fault) = self.strike(&call) else { return open() };
        let gap = stream::iter([Err(fault.error())]);
        match fault.when {
            When::Before => gap.chain(open()).boxed(),
            When::After => open().chain(gap).boxed(),
        }
    }
}
