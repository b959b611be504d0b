//! What a wrapper does.

use std::fmt::Debug;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use super::Method;
use crate::{EnvironmentId, OpCx, Result};

/// Does something around calls. Each method hands the call on unless it says otherwise.
pub trait Around: Debug + Send + Sync + 'static {
    /// Around a call that waits. `work` makes the call, each time that it is called.
    fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> impl Future<Output = Result<T>> + Send + 'a;

    /// Around a call that answers at once.
    ///
    /// # Errors
    /// Those of the call.
    fn pure<T>(&self, call: Call<'_>, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _ = call;
        work()
    }

    /// Around a call whose answer is a stream.
    fn stream<T: Send + 'static>(
        &self,
        call: Call<'_>,
        open: impl FnOnce() -> BoxStream<'static, Result<T>>,
    ) -> BoxStream<'static, Result<T>> {
        let _ = call;
        open()
    }
}

/// A call that something is done around.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Call<'a> {
    /// What is called.
    pub method: Method,
    /// Whose objects it is about, where it is about one environment.
    pub environment: Option<&'a EnvironmentId>,
    /// The context of the operation, where it is one.
    pub cx: Option<&'a OpCx>,
}

impl<'a> Call<'a> {
    pub(super) fn new(method: Method) -> Self {
        Self { method, environment: None, cx: None }
    }

    pub(super) fn about(method: Method, environment: &'a EnvironmentId) -> Self {
        Self { environment: Some(environment), ..Self::new(method) }
    }

    pub(super) fn operation(method: Method, cx: &'a OpCx) -> Self {
        Self { environment: Some(&cx.environment), cx: Some(cx), ..Self::new(method) }
    }
}
