//! Runners with something around them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use super::{Around, Call, Method, Wrap};
use crate::{
    AttemptId, AttemptSpec, AttemptState, Change, EnvironmentId, Fencing, LogItem, LogOptions, OpCx, Provision, Result,
    Runner, Started,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<R: Runner, A: Around> Runner for Wrap<R, A> {
    async fn start(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        self.around.call(Call::operation(Method::RunnerStart, cx), || self.inner.start(spec, cx)).await
    }

    fn watch(&self, id: &AttemptId) -> BoxStream<'static, Result<AttemptState>> {
        self.around.stream(Call::new(Method::RunnerWatch), || self.inner.watch(id))
    }

    async fn stop(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        self.around.call(Call::operation(Method::RunnerStop, cx), || self.inner.stop(id, cx)).await
    }

    fn logs(&self, id: &AttemptId, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        self.around.stream(Call::new(Method::RunnerLogs), || self.inner.logs(id, how))
    }

    async fn artifacts(&self, id: &AttemptId) -> Result<BTreeMap<String, Bytes>> {
        self.around.call(Call::new(Method::RunnerArtifacts), || self.inner.artifacts(id)).await
    }

    async fn owned(&self, env: &EnvironmentId) -> Result<Vec<AttemptId>> {
        self.around.call(Call::about(Method::RunnerOwned, env), || self.inner.owned(env)).await
    }

    async fn forget(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        self.around.call(Call::operation(Method::RunnerForget, cx), || self.inner.forget(id, cx)).await
    }

    fn provision(&self) -> Option<&dyn Provision<AttemptSpec>> {
        self.inner.provision()
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        self.inner.fencing()
    }
}
