//! Spans.

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use tracing::{Instrument as _, Span, field, info_span};

use super::{Around, Call, Wrap};
use crate::Result;

/// A span for each call.
///
/// The span is named `eve.call` and carries `otel.name` (`runtime.perform`), `otel.kind`,
/// `deployment.environment.name` and `eve.operation.id` where there are such, and, where the call
/// failed, `error.type` with the error's code and `otel.status_code`. The span of a stream covers
/// its opening.
pub type Traced<T> = Wrap<T, Tracing>;

/// Opens spans.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tracing(());

impl<T> Wrap<T, Tracing> {
    /// Opens a span for each call.
    pub fn new(inner: T) -> Self {
        Self::around(inner, Tracing::default())
    }
}

impl Around for Tracing {
    async fn call<'a, T: Send + 'a>(
        &'a self,
        call: Call<'a>,
        work: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> Result<T> {
        let span = open(&call);
        let answer = work().instrument(span.clone()).await;
        close(&span, &answer);
        answer
    }

    fn pure<T>(&self, call: Call<'_>, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let span = open(&call);
        let answer = span.in_scope(work);
        close(&span, &answer);
        answer
    }

    fn stream<T: Send + 'static>(
        &self,
        call: Call<'_>,
        open_stream: impl FnOnce() -> BoxStream<'static, Result<T>>,
    ) -> BoxStream<'static, Result<T>> {
        open(&call).in_scope(open_stream)
    }
}

fn open(call: &Call<'_>) -> Span {
    info_span!(
        "eve.call",
        otel.name = call.method.as_str(),
        otel.kind = "client",
        otel.status_code = field::Empty,
        deployment.environment.name = call.environment.map(field::display),
        eve.operation.id = call.cx.map(|cx| field::display(&cx.operation)),
        "error.type" = field::Empty,
    )
}

fn close<T>(span: &Span, answer: &Result<T>) {
    if let Err(error) = answer {
        span.record("error.type", error.code().as_str());
        span.record("otel.status_code", "ERROR");
    }
}
