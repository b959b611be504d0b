//! One environment on a cluster, changed by one operation at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eve_core::{
    Bound, Change, ChangeOutcome, Changes, Deadline, Env, EnvironmentId, Fence, Op, OpCx, OpId, Progress,
    ProgressStatus, Runtime as _, ServiceName, SystemEnv, naming,
};
use eve_runtime_k8s::{K8sHost, K8sRuntime};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;

use crate::rendering::Plain;
use crate::{cluster, programs};

/// One environment with a service, and what was said of how far operations are.
pub(crate) struct Bench {
    pub(crate) host: K8sHost,
    pub(crate) runtime: K8sRuntime,
    pub(crate) environment: EnvironmentId,
    pub(crate) said: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    /// One with a service.
    pub(crate) async fn open() -> Self {
        let bench = Self::empty_one().await;
        let mut want = Bound::empty(bench.environment.clone());
        want.ends = false;
        want.desired.services.insert(ServiceName::new("web").expect("a valid name"), programs::serves());
        for op in bench.plan(&want).await.ensure {
            bench.perform(&op).await;
        }
        bench
    }

    /// One with nothing in it.
    pub(crate) async fn empty_one() -> Self {
        let host = cluster::open(|config| config).await.expect("a cluster is configured");
        let environment = format!("hx/holding-{:08x}/one", cluster::random() & 0xffff_ffff);
        let environment = EnvironmentId::parse(&environment).expect("a valid address");
        Self { runtime: host.runtime(), host, environment, said: Arc::default() }
    }

    pub(crate) async fn plan(&self, want: &Bound) -> Changes {
        let seen = self.runtime.observe(&self.environment).await.expect("it can be observed");
        self.runtime.plan(want, &seen, &Plain).expect("it can be planned")
    }

    pub(crate) async fn perform(&self, op: &Op) -> Change {
        let said = self.said.clone();
        let progress = Progress::to(move |event| {
            if event.status == ProgressStatus::Skipped {
                said.lock().unwrap_or_else(PoisonError::into_inner).push(event.text);
            }
        });
        let cx = self.cx().with_progress(progress);
        self.runtime.perform(op, &cx).await.unwrap_or_else(|error| panic!("{}: {error}", op.id))
    }

    pub(crate) fn cx(&self) -> OpCx {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let deadline = Deadline::after(&*env, Duration::from_secs(120));
        OpCx::new(env, self.environment.clone(), OpId::new("test"), Fence::new(1), deadline)
    }

    /// Ends the environment, and answers what became of the namespace.
    pub(crate) async fn end(&self, changes: &Changes) -> Option<ChangeOutcome> {
        let mut last = None;
        for op in &changes.retire {
            let change = self.perform(op).await;
            if op.object.kind == "namespace" {
                last = Some(change.outcome);
            }
        }
        last
    }

    pub(crate) async fn has_namespace(&self) -> bool {
        let api: Api<Namespace> = Api::all(self.host.client());
        api.get_opt(&naming::namespace(&self.environment)).await.expect("it can be looked for").is_some()
    }

    pub(crate) fn empty(&self) -> Bound {
        Bound::empty(self.environment.clone())
    }
}
