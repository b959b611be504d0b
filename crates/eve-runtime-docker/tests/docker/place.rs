//! An environment on the engine under test, without an engine of Eve's.

use std::sync::Arc;
use std::time::Duration;

use bollard::models::ContainerInspectResponse;
use eve_core::desired::Service;
use eve_core::{
    Addresses, Bound, Change, Changes, Deadline, Desired, Env, EnvironmentId, Error, Fence, Finding, Observed, Op,
    OpCx, Policy, Result, Runtime as _, ServiceName, SystemEnv, codes,
};
use eve_runtime_docker::{DockerConfig, DockerRuntime};

use crate::engine::{Engine, random};
use crate::store::Store;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Nobody has an address.
pub(crate) struct Nowhere;

impl Addresses for Nowhere {
    fn service_url(&self, service: &ServiceName) -> Result<String> {
        Err(Error::invalid(codes::SERVICE_NO_URL, format!("{service} has no address")))
    }
}

/// An environment that nobody else has. `close` it at the end.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    pub(crate) runtime: DockerRuntime,
    pub(crate) env: Arc<dyn Env>,
    pub(crate) id: EnvironmentId,
    /// The secrets and files that operations find.
    pub(crate) store: Store,
}

impl Place {
    pub(crate) async fn open() -> Self {
        Self::with(|config| config).await
    }

    pub(crate) async fn with(change: impl FnOnce(DockerConfig) -> DockerConfig) -> Self {
        let engine = Engine::open(change).await.expect("there is an engine");
        let id = EnvironmentId::parse(&format!("test/p{:08x}/one", random() & 0xffff_ffff)).expect("a valid address");
        Self { runtime: engine.host.runtime(), engine, env: Arc::new(SystemEnv::new()), id, store: Store::default() }
    }

    pub(crate) fn want(&self, services: &[(&str, Service)]) -> Bound {
        let mut desired = Desired::empty(self.id.clone());
        for (name, service) in services {
            desired.services.insert(ServiceName::new(*name).expect("a valid name"), service.clone());
        }
        Bound::unreleased(desired)
    }

    pub(crate) async fn plan(&self, want: &Bound) -> Changes {
        let seen = self.runtime.observe(&self.id).await.expect("it can be observed");
        self.runtime.plan(want, &seen, &Nowhere).expect("it can be planned")
    }

    pub(crate) async fn perform(&self, op: &Op) -> Result<Change> {
        self.perform_under(op, Arc::default()).await
    }

    /// Performs an operation where the host allows this.
    pub(crate) async fn perform_under(&self, op: &Op, policy: Arc<Policy>) -> Result<Change> {
        let deadline = Deadline::after(&*self.env, PATIENCE);
        let cx = OpCx::new(Arc::clone(&self.env), self.id.clone(), op.id.clone(), Fence::new(1), deadline)
            .with_secrets(Arc::new(self.store.clone()))
            .with_files(Arc::new(self.store.clone()))
            .with_policy(policy);
        self.runtime.perform(op, &cx).await
    }

    /// Makes everything that a target needs; the first failure ends it.
    pub(crate) async fn ensure(&self, want: &Bound) -> Result<()> {
        for op in &self.plan(want).await.ensure {
            self.perform(op).await?;
        }
        Ok(())
    }

    /// Makes everything, waits until it is ready, and removes what is not wanted any more.
    pub(crate) async fn deploy(&self, want: &Bound) -> Observed {
        let changes = self.plan(want).await;
        self.ensure(want).await.expect("everything is made");
        let expected: Vec<_> = changes.instances.values().flatten().collect();
        let seen = self
            .until("everything to be ready", |seen| {
                expected.iter().all(|one| seen.object(&one.object).is_some_and(|object| object.state.is_ready()))
            })
            .await;
        for op in &changes.retire {
            self.perform(op).await.expect("it can be removed");
        }
        seen
    }

    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Observed) -> bool) -> Observed {
        let deadline = Deadline::after(&*self.env, PATIENCE);
        loop {
            let seen = self.runtime.observe(&self.id).await.expect("it can be observed");
            if holds(&seen) {
                return seen;
            }
            assert!(!deadline.has_passed(&*self.env), "waited in vain for {what}: {seen:?}");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// The first finding of this kind.
    pub(crate) async fn finding(&self, code: &eve_core::Code) -> Finding {
        let seen = self.until(code.as_str(), |seen| seen.findings.iter().any(|finding| finding.code == *code)).await;
        seen.findings.into_iter().find(|finding| finding.code == *code).expect("it was seen")
    }

    /// The one container of a service, as the engine tells it.
    pub(crate) async fn container(&self, service: &str) -> ContainerInspectResponse {
        let seen = self.runtime.observe(&self.id).await.expect("it can be observed");
        let object = seen.ours().find(|object| object.service.as_ref().is_some_and(|name| name.as_str() == service));
        let id = object.expect("the service has a container").incarnation.to_string();
        self.engine.docker.inspect_container(&id, None).await.expect("the engine tells of it")
    }

    pub(crate) async fn is_empty(&self) -> bool {
        self.runtime.observe(&self.id).await.expect("it can be observed").objects.is_empty()
    }

    /// Removes everything by its own way, and looks whether anything is left.
    pub(crate) async fn close(self) {
        let changes = self.plan(&Bound::ended(self.id.clone())).await;
        for op in &changes.retire {
            self.perform(op).await.expect("it can be removed");
        }
        let empty = self.is_empty().await;
        self.engine.close().await;
        assert!(empty, "something was left");
    }
}
