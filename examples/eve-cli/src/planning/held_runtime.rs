//! The services of another process.

use std::fmt;

use async_trait::async_trait;
use eve::process::ProcessRuntime;
use eve::{
    Addresses, Bound, Capabilities, CaptureEvidence, Change, Changes, EnvironmentId, LogItem, LogOptions, LogSubject,
    ObjectState, Observed, Op, OpCx, Owned, PreviewPlan, Result, Runtime,
};
use futures_util::stream::{BoxStream, StreamExt as _};

/// The services of the process that holds an environment, as far as they run. What is stored of
/// ended instances does not say whether their holder still counts them, and a plan makes nothing
/// of an ended instance anyway: what is wanted in its place is created.
#[derive(Debug)]
pub(super) struct HeldRuntime(ProcessRuntime);

impl HeldRuntime {
    pub(super) fn new(runtime: ProcessRuntime) -> Self {
        Self(runtime)
    }
}

fn running(mut seen: Observed) -> Observed {
    seen.objects.retain(|object| !matches!(object.state, ObjectState::Ended { .. }));
    seen
}

#[async_trait]
impl Runtime for HeldRuntime {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Observed> {
        self.0.observe(env).await.map(running)
    }

    fn plan(&self, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
        self.0.plan(want, seen, at)
    }

    async fn perform(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        self.0.perform(op, cx).await
    }

    fn watch(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        self.0.watch(env).map(|seen| seen.map(running)).boxed()
    }

    fn logs(&self, who: &LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        self.0.logs(who, how)
    }

    fn preview(&self) -> Option<&dyn PreviewPlan> {
        self.0.preview()
    }

    fn owned(&self) -> Option<&dyn Owned> {
        self.0.owned()
    }

    fn evidence(&self) -> Option<&dyn CaptureEvidence> {
        self.0.evidence()
    }
}

impl fmt::Display for HeldRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
