//! Runtimes with something around them.

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::{Around, Call, Method, Wrap};
use crate::{
    Addresses, Bound, Capabilities, CaptureEvidence, Change, Changes, EnvironmentId, Exec, Fencing, HostView, LogItem,
    LogOptions, LogSubject, Observed, Op, OpCx, Owned, PreviewPlan, Provision, Result, Runtime,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<R: Runtime, A: Around> Runtime for Wrap<R, A> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Observed> {
        self.around.call(Call::about(Method::RuntimeObserve, env), || self.inner.observe(env)).await
    }

    fn plan(&self, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
        let call = Call::about(Method::RuntimePlan, want.environment());
        self.around.pure(call, || self.inner.plan(want, seen, at))
    }

    async fn perform(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        self.around.call(Call::operation(Method::RuntimePerform, cx), || self.inner.perform(op, cx)).await
    }

    fn watch(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        self.around.stream(Call::about(Method::RuntimeWatch, env), || self.inner.watch(env))
    }

    fn logs(&self, who: &LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        self.around.stream(Call::about(Method::RuntimeLogs, who.environment()), || self.inner.logs(who, how))
    }

    fn preview(&self) -> Option<&dyn PreviewPlan> {
        self.inner.preview()
    }

    fn owned(&self) -> Option<&dyn Owned> {
        self.inner.owned()
    }

    fn provision(&self) -> Option<&dyn Provision<[Op]>> {
        self.inner.provision()
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        self.inner.fencing()
    }

    fn host_view(&self) -> Option<&dyn HostView> {
        self.inner.host_view()
    }

    fn exec(&self) -> Option<&dyn Exec> {
        self.inner.exec()
    }

    fn evidence(&self) -> Option<&dyn CaptureEvidence> {
        self.inner.evidence()
    }
}
