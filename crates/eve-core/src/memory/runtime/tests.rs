//! Tests of the memory runtime.

use std::time::Duration;

use super::*;
use crate::desired::{ImageRef, Port, Process, Service, Source};
use crate::{
    Deadline, Desired, Fence, Finding, Object, ObjectName, OpId, RouteId, RouteSpec, RouteTarget, Routes, SecretName,
    SecretVersion, ServiceName, SystemEnv, Template, Verdict,
};

struct NoAddresses;

impl Addresses for NoAddresses {
    fn service_url(&self, service: &ServiceName) -> Result<String> {
        Ok(format!("http://{service}.internal"))
    }
}

struct Bench {
    env: Arc<SystemEnv>,
    runtime: MemoryRuntime,
    routes: MemoryRoutes,
    shop: EnvironmentId,
}

impl Bench {
    fn new() -> Self {
        Self::with(|runtime| runtime)
    }

    fn with(shape: impl FnOnce(MemoryRuntime) -> MemoryRuntime) -> Self {
        let (env, routes) = (Arc::new(SystemEnv::new()), MemoryRoutes::new());
        let runtime = shape(MemoryRuntime::new(env.clone()).with_routes(routes.clone()));
        Self { env, runtime, routes, shop: EnvironmentId::parse("acme/shop/prod").unwrap() }
    }

    fn cx(&self, fence: u64) -> OpCx {
        let deadline = Deadline::after(&*self.env, Duration::from_secs(60));
        OpCx::new(self.env.clone(), self.shop.clone(), OpId::new("op"), Fence::new(fence), deadline)
    }

    fn want(&self, services: &[(&str, &[&str])]) -> Bound {
        let mut desired = Desired::empty(self.shop.clone());
        for (name, argv) in services {
            desired.services.insert(ServiceName::new(*name).unwrap(), service(argv));
        }
        Bound::unreleased(desired)
    }

    async fn plan(&self, want: &Bound) -> Changes {
        self.runtime.plan(want, &self.runtime.observe(&self.shop).await.unwrap(), &NoAddresses).unwrap()
    }

    async fn perform(&self, op: &Op) -> Change {
        self.runtime.perform(op, &self.cx(1)).await.unwrap()
    }

    /// Makes one service and returns the operation that made it.
    async fn make(&self, argv: &[&str]) -> (Op, Change) {
        let op = self.plan(&self.want(&[("web", argv)])).await.ensure.remove(0);
        let change = self.perform(&op).await;
        (op, change)
    }

    /// Waits until one object is in a state and has a finding, or none.
    async fn until(&self, wanted: impl Fn(&Object, Option<&Finding>) -> bool) -> Observed {
        let mut states = self.runtime.watch(&self.shop);
        let seen = async {
            loop {
                let seen = states.next().await.unwrap().unwrap();
                if seen.objects.iter().any(|object| wanted(object, seen.findings.first())) {
                    return seen;
                }
            }
        };
        Deadline::after(&*self.env, Duration::from_secs(60)).limit(&*self.env, "a state", seen).await.unwrap()
    }

    async fn lines(&self, how: LogOptions) -> Vec<String> {
        let who = LogSubject::Service(self.shop.clone(), ServiceName::new("web").unwrap());
        let items = self.runtime.logs(&who, how).map(|item| match item.unwrap() {
            LogItem::Line { bytes, .. } => String::from_utf8(bytes.to_vec()).unwrap(),
            LogItem::Gap { .. } => "gap".to_owned(),
            LogItem::Ended { exit, .. } => exit.to_string(),
        });
        items.collect().await
    }
}

fn service(argv: &[&str]) -> Service {
    let mut service = Service::new(Source::Image(ImageRef::new("web").unwrap()));
    service.process = Process::new(argv.iter().copied());
    service.ports.push(Port::tcp(80));
    service
}

fn is_ready(object: &Object, _: Option<&Finding>) -> bool {
    object.state == ObjectState::Ready
}

#[tokio::test]
async fn deploying_the_same_again_changes_nothing() {
    let bench = Bench::new();
    let (op, change) = bench.make(&["serve"]).await;
    let seen = bench.until(is_ready).await;
    assert!(seen.objects[0].version >= change.version && seen.objects[0].addresses.contains_key(&80));
    assert_eq!(bench.perform(&op).await.outcome, ChangeOutcome::Unchanged);
    let again = bench.plan(&bench.want(&[("web", &["serve"])])).await;
    assert!(again.ensure.is_empty() && again.retire.is_empty());
    assert_eq!(bench.runtime.calls().created, 1);
}

#[tokio::test]
async fn an_exit_is_a_terminal_finding_with_its_code_and_lines() {
    let bench = Bench::new();
    bench.make(&["exit", "3"]).await;
    let seen = bench.until(|object, _| matches!(object.state, ObjectState::Ended { .. })).await;
    let (object, finding) = (&seen.objects[0], &seen.findings[0]);
    assert_eq!((&finding.code, finding.verdict), (&codes::WORKLOAD_CRASHED, Verdict::Terminal));
    assert_eq!(finding.exit(), Some(Exit::Code(3)));
    assert_eq!((&finding.subject.hash, finding.subject.version), (&object.hash, object.version));
    assert_eq!(bench.lines(LogOptions::default()).await, ["started", "exit 3", "exit code 3"]);
    let evidence = bench.runtime.capture(&bench.shop, &object.instance()).await.unwrap();
    assert_eq!(evidence, finding.evidence);
}

#[tokio::test]
async fn a_service_that_needs_another_is_ready_while_its_route_leads_somewhere() {
    let bench = Bench::new();
    bench.make(&["needs", "api"]).await;
    bench.until(|_, finding| finding.is_some_and(|f| f.code == codes::WORKLOAD_NOT_READY)).await;

    let api = ServiceName::new("api").unwrap();
    let id = RouteId::Internal { service: api.clone() };
    bench.routes.prepare(&RouteSpec::new(id.clone(), api, 80), &bench.cx(1)).await.unwrap();
    let instance = InstanceRef::new(ObjectId::new(KIND, ObjectName::new("api").unwrap()), crate::Incarnation::new("1"));
    let target = RouteTarget { instance, address: crate::Address::new("memory", 1) };
    bench.routes.switch(&id, &[target], &bench.cx(1)).await.unwrap();
    bench.until(is_ready).await;

    bench.routes.close(&id, &bench.cx(1)).await.unwrap();
    bench.until(|object, _| object.state == ObjectState::NotReady).await;
}

#[tokio::test]
async fn a_deletion_removes_only_the_incarnation_that_it_names() {
    let bench = Bench::new();
    let (create, _) = bench.make(&["serve"]).await;
    let delete = bench.plan(&bench.want(&[])).await.retire.remove(0);
    assert_eq!(bench.perform(&delete).await.outcome, ChangeOutcome::Deleted);
    assert_eq!(bench.perform(&delete).await.outcome, ChangeOutcome::Skipped);
    let again = bench.perform(&create).await;
    assert_eq!(again.outcome, ChangeOutcome::Created);
    assert_ne!(again.incarnation, delete.incarnation);
    assert_eq!(bench.perform(&delete).await.outcome, ChangeOutcome::Skipped);
    assert_eq!(bench.runtime.observe(&bench.shop).await.unwrap().objects.len(), 1);
}

#[tokio::test]
async fn an_older_token_is_refused() {
    let bench = Bench::new();
    let (op, _) = bench.make(&["serve"]).await;
    bench.runtime.perform(&op, &bench.cx(5)).await.unwrap();
    let error = bench.runtime.perform(&op, &bench.cx(4)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (crate::ErrorKind::Fenced, &codes::LEASE_LOST));
}

#[tokio::test]
async fn strangers_are_left_alone_and_their_names_not_taken() {
    let bench = Bench::new();
    let op = bench.plan(&bench.want(&[("web", &["serve"])])).await.ensure.remove(0);
    bench.runtime.plant_stranger(&bench.shop, op.object.clone());
    let error = bench.runtime.perform(&op, &bench.cx(1)).await.unwrap_err();
    assert_eq!(error.code(), &codes::OBJECT_FOREIGN);
    assert!(bench.plan(&bench.want(&[])).await.retire.is_empty());
    let foreign = bench.runtime.observe(&bench.shop).await.unwrap().objects.remove(0);
    assert_eq!(bench.perform(&Op::delete(&foreign, "test")).await.outcome, ChangeOutcome::Skipped);
    assert!(bench.runtime.owned().unwrap().environments().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_stale_observation_is_older_than_the_change() {
    let bench = Bench::new();
    let (_, change) = bench.make(&["serve"]).await;
    bench.until(is_ready).await;
    bench.runtime.stale_for(1);
    assert!(bench.runtime.observe(&bench.shop).await.unwrap().objects.is_empty());
    assert!(bench.runtime.observe(&bench.shop).await.unwrap().objects[0].version >= change.version);
    bench.runtime.stale_for(2);
    bench.until(is_ready).await;
}

#[tokio::test]
async fn a_crash_from_outside_ends_an_instance_and_it_is_made_again() {
    let bench = Bench::new();
    let (op, first) = bench.make(&["serve"]).await;
    bench.until(is_ready).await;
    assert!(bench.runtime.kill(&bench.shop, &op.object, Exit::Signal(9)));
    assert!(!bench.runtime.kill(&bench.shop, &op.object, Exit::Signal(9)));
    let again = bench.plan(&bench.want(&[("web", &["serve"])])).await.ensure.remove(0);
    let second = bench.perform(&again).await;
    assert_eq!(second.outcome, ChangeOutcome::Created);
    assert_ne!(first.incarnation, second.incarnation);
    let how = LogOptions::default().with_tail(1);
    assert_eq!(bench.lines(how).await, ["signal 9", "signal 9", "started"]);
}

#[tokio::test]
async fn dropped_lines_leave_a_gap_unless_that_fault_is_planted() {
    for (plants, first) in [(false, "gap"), (true, "line 3")] {
        let bench = Bench::with(|runtime| {
            let runtime = runtime.with_log_capacity(2);
            if plants { runtime.with_fault(Plant::SwallowsGap) } else { runtime }
        });
        bench.make(&["noisy", "4"]).await;
        bench.until(is_ready).await;
        assert_eq!(bench.lines(LogOptions::default()).await[0], first);
    }
}

#[tokio::test]
async fn following_ends_with_the_instance() {
    let bench = Bench::new();
    let (op, _) = bench.make(&["hang"]).await;
    let follow = bench.lines(LogOptions::default().with_follow(true));
    let end = async { bench.runtime.kill(&bench.shop, &op.object, Exit::Code(1)) };
    let (lines, _) = futures_util::join!(follow, end);
    assert_eq!(lines, ["started", "exit 1", "exit code 1"]);
}

#[tokio::test]
async fn a_workload_gets_its_secrets_and_the_plan_does_not() {
    struct Canary;
    #[async_trait]
    impl crate::SecretResolver for Canary {
        async fn resolve(&self, _: &SecretName, _: &SecretVersion) -> Result<Secret> {
            Ok(Secret::new("canary"))
        }
    }
    let bench = Bench::new();
    let mut want = bench.want(&[("web", &["serve"])]);
    let key = SecretName::new("KEY").unwrap();
    want.secrets.insert(key.clone(), SecretVersion::new("1"));
    for service in want.desired.services.values_mut() {
        service.process.environment.insert(VarName::new("KEY").unwrap(), Template::secret(key.clone()));
    }
    let op = bench.plan(&want).await.ensure.remove(0);
    assert!(!serde_json::to_string(&op).unwrap().contains("canary"));
    let missing = bench.runtime.perform(&op, &bench.cx(1)).await.unwrap_err();
    assert_eq!(missing.code(), &codes::SECRET_MISSING);
    assert!(bench.runtime.observe(&bench.shop).await.unwrap().objects.is_empty());

    bench.runtime.perform(&op, &bench.cx(1).with_secrets(Arc::new(Canary))).await.unwrap();
    let variables = bench.runtime.variables(&bench.shop, &op.object).unwrap();
    assert_eq!(variables[0].1.expose(), "canary");
}

#[tokio::test]
async fn cancelled_or_foreign_operations_leave_nothing() {
    let bench = Bench::new();
    let op = bench.plan(&bench.want(&[("web", &["serve"])])).await.ensure.remove(0);
    let cx = bench.cx(1);
    cx.cancel.cancel();
    assert_eq!(bench.runtime.perform(&op, &cx).await.unwrap_err().code(), &codes::CANCELLED);
    let mut late = bench.cx(1);
    late.deadline = Deadline::after(&*bench.env, Duration::ZERO);
    assert_eq!(bench.runtime.perform(&op, &late).await.unwrap_err().code(), &codes::DEADLINE_EXCEEDED);
    let mut other = op.clone();
    other.object.kind = "container".to_owned();
    let mut forged = op.clone();
    forged.after = None;
    for op in [other, forged] {
        assert_eq!(bench.runtime.perform(&op, &bench.cx(1)).await.unwrap_err().code(), &codes::OPERATION_UNKNOWN);
    }
    assert!(bench.runtime.observe(&bench.shop).await.unwrap().objects.is_empty());
}

#[tokio::test]
async fn a_published_port_stops_the_old_one_first_and_is_held_by_one() {
    let bench = Bench::new();
    let mut want = bench.want(&[("a", &["serve"]), ("b", &["serve"])]);
    for service in want.desired.services.values_mut() {
        service.ports[0].published = Some(8080);
    }
    let changes = bench.plan(&want).await;
    assert_eq!(changes.stop_first.len(), 2);
    bench.perform(&changes.ensure[0]).await;
    let error = bench.runtime.perform(&changes.ensure[1], &bench.cx(1)).await.unwrap_err();
    assert_eq!(error.code(), &codes::PORT_TAKEN);
}

#[tokio::test]
async fn each_planted_fault_shows() {
    let early = Bench::with(|runtime| runtime.with_fault(Plant::ReadyTooEarly));
    early.make(&["hang"]).await;
    assert!(early.runtime.observe(&early.shop).await.unwrap().objects[0].state.is_ready());

    let writing = Bench::with(|runtime| runtime.with_fault(Plant::WritesWhilePlanning));
    let before = writing.runtime.observe(&writing.shop).await.unwrap();
    writing.plan(&writing.want(&[])).await;
    assert_ne!(writing.runtime.observe(&writing.shop).await.unwrap(), before);

    let deleting = Bench::with(|runtime| runtime.with_fault(Plant::DeletesStrangers));
    let stranger = ObjectId::new("else", ObjectName::new("theirs").unwrap());
    deleting.runtime.plant_stranger(&deleting.shop, stranger);
    let op = deleting.plan(&deleting.want(&[])).await.retire.remove(0);
    deleting.perform(&op).await;
    assert!(deleting.runtime.observe(&deleting.shop).await.unwrap().objects.is_empty());
}
