//! How attempts end on a cluster that keeps them from starting, or is asked to stop them.

use std::sync::Arc;
use std::time::Duration;

use eve_core::{
    AttemptId, AttemptSpec, AttemptState, ChangeOutcome, Code, Deadline, Env, EnvironmentId, Exit, Fence, Finding,
    LogItem, LogOptions, MilliCpu, OpCx, OpId, RunId, Runner as _, Started, SystemEnv, codes, naming,
};
use eve_runtime_k8s::{K8sConfig, K8sHost, K8sRunner, PodSecurity};
use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1::ResourceQuota;
use kube::Api;
use kube::api::PostParams;
use serde_json::json;

use crate::{cluster, programs};

/// A host of an owner of its own, and one environment.
struct Bench {
    host: K8sHost,
    runner: K8sRunner,
    env: Arc<dyn Env>,
    environment: EnvironmentId,
    run: RunId,
}

impl Bench {
    async fn open(change: impl FnOnce(K8sConfig) -> K8sConfig) -> Self {
        let host = cluster::open(change).await.expect("a cluster is configured");
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let environment = format!("hx/attempts-{:08x}/one", cluster::random() & 0xffff_ffff);
        let environment = EnvironmentId::parse(&environment).expect("a valid address");
        Self { runner: host.runner(), run: RunId::generate(&*env), host, env, environment }
    }

    fn spec(&self, number: u32, text: &str) -> AttemptSpec {
        let id = AttemptId::new(&self.run, "job", number);
        let mut spec = AttemptSpec::new(id, self.environment.clone(), "job", Vec::new());
        spec.timeout = Duration::from_secs(600);
        programs::attempt(spec, text)
    }

    fn cx(&self) -> OpCx {
        let deadline = Deadline::after(&*self.env, Duration::from_secs(60));
        OpCx::new(self.env.clone(), self.environment.clone(), OpId::new("attempt"), Fence::new(1), deadline)
    }

    async fn end(&self, id: &AttemptId) -> (Exit, Option<Box<Finding>>) {
        // Somebody who never met it.
        let mut watch = self.host.runner().watch(id);
        loop {
            let state = tokio::time::timeout(Duration::from_secs(90), watch.next()).await.expect("it ends in time");
            if let AttemptState::Ended { exit, finding } = state.expect("it ends").expect("it can be watched") {
                return (exit, finding);
            }
        }
    }

    /// Starts an attempt that cannot start, and sees that it is ended for that.
    async fn is_ended_for(&self, spec: &AttemptSpec, code: &Code) {
        assert_eq!(self.runner.start(spec, &self.cx()).await.expect("it is made"), Started::New);
        let (exit, finding) = self.end(&spec.id).await;
        assert_eq!(exit, Exit::Lost, "nothing of it ran");
        let finding = finding.expect("it is told why");
        assert_eq!(&finding.code, code, "{finding:?}");
        assert!(finding.hint.is_some() && finding.subject.instance.is_some(), "{finding:?}");
        let again = self.runner.start(spec, &self.cx()).await.expect("it can be asked again");
        assert_eq!(again, Started::Ended(Exit::Lost));
        let (_, late) = self.end(&spec.id).await;
        assert_eq!(late, Some(finding), "whoever comes later is told the same");
        let forgotten = self.runner.forget(&spec.id, &self.cx()).await.expect("it can be forgotten");
        assert_eq!(forgotten.outcome, ChangeOutcome::Deleted);
    }

    async fn close(self) {
        cluster::remove_all_of(&self.host).await;
    }
}

#[tokio::test]
#[ignore = "needs kubernetes: pods are made"]
async fn an_attempt_that_is_stopped_keeps_its_exit_and_what_it_wrote() {
    let on = Bench::open(|config| config).await;
    let spec = on.spec(1, "echo begun; sleep 1000 & wait $!");
    on.runner.start(&spec, &on.cx()).await.expect("it starts");
    let mut lines = on.runner.logs(&spec.id, LogOptions::default().with_follow(true));
    let first = lines.next().await.expect("it writes").expect("it can be read");
    assert!(matches!(&first, LogItem::Line { bytes, .. } if &bytes[..] == b"begun"), "{first:?}");
    on.runner.stop(&spec.id, &on.cx()).await.expect("it is stopped");
    let (exit, finding) = on.end(&spec.id).await;
    assert_eq!(exit, Exit::Code(143), "its own exit");
    assert_eq!(finding.expect("it did not end well").code, codes::ATTEMPT_FAILED);
    let kept: Vec<_> = on.runner.logs(&spec.id, LogOptions::default()).collect().await;
    let kept: Vec<_> = kept.into_iter().map(|item| item.expect("it can be read")).collect();
    assert!(matches!(&kept[..], [LogItem::Line { .. }, LogItem::Ended { exit: Exit::Code(143), .. }]), "{kept:?}");
    on.close().await;
}

#[tokio::test]
#[ignore = "needs kubernetes: pods are made"]
async fn an_attempt_that_fits_nowhere_ends_with_why() {
    let on = Bench::open(|config| config).await;
    let mut spec = on.spec(1, "exit 0");
    spec.resources.requests.cpu = Some(MilliCpu::new(1_000_000));
    on.is_ended_for(&spec, &codes::SCHEDULING_INSUFFICIENT_CPU).await;
    on.close().await;
}

#[tokio::test]
#[ignore = "needs kubernetes: pods are made"]
async fn an_attempt_that_no_quota_has_room_for_ends_with_why() {
    let on = Bench::open(|config| config).await;
    let first = on.spec(1, "exit 0");
    on.runner.start(&first, &on.cx()).await.expect("it starts");
    on.end(&first.id).await;
    let quota = json!({ "metadata": { "name": "small" }, "spec": { "hard": { "requests.cpu": "100m" } } });
    let quota: ResourceQuota = serde_json::from_value(quota).expect("a quota");
    let api: Api<ResourceQuota> = Api::namespaced(on.host.client(), &naming::namespace(&on.environment));
    api.create(&PostParams::default(), &quota).await.expect("a quota can be made");
    let is_known = |quota: Option<&ResourceQuota>| {
        quota.is_some_and(|quota| quota.status.as_ref().is_some_and(|status| status.hard.is_some()))
    };
    kube::runtime::wait::await_condition(api, "small", is_known).await.expect("it is kept");
    let mut spec = on.spec(2, "exit 0");
    spec.resources.requests.cpu = Some(MilliCpu::new(200));
    on.is_ended_for(&spec, &codes::QUOTA_EXCEEDED).await;
    on.close().await;
}

#[tokio::test]
#[ignore = "needs kubernetes: pods are made"]
async fn an_attempt_that_may_not_run_as_root_ends_with_why() {
    let on = Bench::open(|config| config.with_pod_security(PodSecurity::Restricted)).await;
    on.is_ended_for(&on.spec(1, "exit 0"), &codes::WORKLOAD_MUST_NOT_BE_ROOT).await;
    on.close().await;
}
