//! A runtime of one's own, in one file: services are tasks of this process.
//!
//! It claims services, logs and switching, and is made of eve-core's public helpers. Run, it goes
//! through the published conformance suite, then holds a deploy under the engine:
//! `cargo run --example custom_runtime`.

use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use eve::desired::{ImageRef, Limits, Port, Process, PublicRoute, Service, Source, Strategy};
use eve::proxy::{Proxy, ProxyConfig};
use eve::{
    Address, Addresses, Body, Bound, Capabilities, Change, ChangeOutcome, Changes, DeployRequest, Desired, Digest,
    Engine, Env, Environment, EnvironmentId, Error, Evidence, Exit, Finding, Incarnation, LogItem, LogOptions, LogRing,
    LogSource, LogSubject, Loss, LossGrade, Object, ObjectId, ObjectState, Observed, Op, OpCx, Project, Result,
    Runtime, Secret, SecretName, SecretVersion, ServiceName, Subject, SystemEnv, Template, VarName, Verb, Wanted,
    codes, naming, polling_logs, polling_watch, resolve_addresses, resolve_secrets, secret_versions,
};
use eve_testkit::{RuntimeHarness, run_runtime};
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const KIND: &str = "task";
/// How many lines of each instance are kept.
const KEPT: usize = 64;
/// How often those who wait look again.
const LOOK: Duration = Duration::from_millis(20);

/// What an instance is made from: the digest of this is its hash.
#[derive(Clone, Serialize, Deserialize)]
struct Spec {
    service: ServiceName,
    argv: Vec<String>,
    ports: Vec<u16>,
    variables: BTreeMap<VarName, Template>,
    secrets: BTreeMap<SecretName, SecretVersion>,
}

#[derive(Debug)]
struct Instance {
    environment: EnvironmentId,
    object: Object,
    finding: Option<Finding>,
    task: Option<JoinHandle<()>>,
    log: LogRing,
    /// It was removed, and is kept for its log.
    gone: bool,
}

impl Instance {
    fn is(&self, who: &LogSubject) -> bool {
        self.environment == *who.environment()
            && match who {
                LogSubject::Service(_, service) => self.object.service.as_ref() == Some(service),
                LogSubject::Instance(_, instance) => self.object.instance() == *instance,
                _ => false,
            }
    }
}

#[derive(Debug, Default)]
struct State {
    instances: Vec<Instance>,
    version: u64,
}

impl State {
    fn find(&mut self, environment: &EnvironmentId, id: &ObjectId) -> Option<&mut Instance> {
        self.instances.iter_mut().find(|i| !i.gone && i.environment == *environment && i.object.id == *id)
    }
}

/// A runtime whose services are tasks of this process. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct TaskRuntime {
    env: Arc<dyn Env>,
    state: Arc<Mutex<State>>,
}

impl TaskRuntime {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn create(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let body = op.body.as_ref().ok_or_else(|| unknown(op))?;
        let spec: Spec = body.decode().map_err(|e| unknown(op).with_source(e))?;
        let variables = resolve_secrets(&spec.variables, &spec.secrets, cx).await?;
        let refused = |e| Error::unavailable(codes::BACKEND_IO, "no port can be had").with_source(e);
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(refused)?;
        let port = listener.local_addr().map_err(refused)?.port();
        let mut state = self.state();
        if let Some(found) = state.find(&cx.environment, &op.object) {
            if found.object.state.is_live() {
                let change = Change::new(ChangeOutcome::Unchanged, found.object.version);
                return Ok(change.with_incarnation(found.object.incarnation.clone()));
            }
            found.gone = true;
        }
        state.version += 1;
        let incarnation = Incarnation::new(format!("task-{}", state.version));
        let mut object = Object::new(op.object.clone(), incarnation.clone(), body.digest(), ObjectState::Starting);
        object.version = state.version;
        object.service = Some(spec.service.clone());
        object.addresses = spec.ports.iter().map(|number| (*number, Address::new("127.0.0.1", port))).collect();
        let change = Change::new(ChangeOutcome::Created, object.version).with_incarnation(incarnation.clone());
        let task = Some(tokio::spawn(self.clone().run(incarnation, spec.argv, variables, listener)));
        let log = LogRing::new(LogSource::new(object.incarnation.as_str()), KEPT);
        let (environment, finding) = (cx.environment.clone(), None);
        state.instances.push(Instance { environment, object, finding, task, log, gone: false });
        Ok(change)
    }

    async fn delete(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let (task, version) = {
            let mut state = self.state();
            state.version += 1;
            let version = state.version;
            let found = state.find(&cx.environment, &op.object);
            let Some(found) = found.filter(|found| op.incarnation.as_ref() == Some(&found.object.incarnation)) else {
                return Ok(Change::new(ChangeOutcome::Skipped, version));
            };
            found.gone = true;
            found.log.end(Exit::Signal(15));
            (found.task.take(), version)
        };
        if let Some(task) = task {
            task.abort();
            // Once it is over, nothing listens any more.
            let _ = task.await;
        }
        Ok(Change::new(ChangeOutcome::Deleted, version))
    }

    /// What an instance does, by its command line.
    async fn run(self, who: Incarnation, argv: Vec<String>, vars: Vec<(VarName, Secret)>, listener: TcpListener) {
        let words: Vec<&str> = argv.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["http"] => self.serve(&who, &vars, listener).await,
            ["print", lines] => {
                (1..=lines.parse().unwrap_or(0)).for_each(|number| self.write(&who, format!("line {number}")));
                self.serve(&who, &vars, listener).await;
            }
            ["exit", code] => self.end(&who, Exit::Code(code.parse().unwrap_or(64))),
            ["wait"] => std::future::pending().await,
            _ => self.end(&who, Exit::Code(127)),
        }
    }

    async fn serve(&self, who: &Incarnation, variables: &[(VarName, Secret)], listener: TcpListener) {
        let greeting = variables.iter().find(|(name, _)| name.as_str() == "GREETING");
        let text = greeting.map_or("hello", |(_, text)| text.expose());
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}", text.len());
        self.change(who, |instance| instance.object.state = ObjectState::Ready);
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                if stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {
                    // A caller that went away is its own affair.
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    }

    fn change(&self, who: &Incarnation, change: impl FnOnce(&mut Instance)) {
        let mut state = self.state();
        state.version += 1;
        let version = state.version;
        if let Some(instance) = state.instances.iter_mut().find(|i| i.object.incarnation == *who) {
            instance.object.version = version;
            change(instance);
        }
    }

    fn write(&self, who: &Incarnation, line: String) {
        self.change(who, |instance| instance.log.write(self.env.now(), line));
    }

    fn end(&self, who: &Incarnation, exit: Exit) {
        self.change(who, |instance| {
            instance.log.end(exit);
            instance.object.state = ObjectState::Ended { exit };
            let text = format!("it ended by itself: {exit}");
            let finding =
                Finding::new(codes::WORKLOAD_CRASHED, Subject::object(&instance.object), text, self.env.now());
            instance.finding = Some(finding.with_evidence(Evidence::Exit { exit, restarts: 0 }));
        });
    }
}

fn unknown(op: &Op) -> Error {
    Error::invalid(codes::OPERATION_UNKNOWN, format!("{} is no operation of this runtime", op.id))
}

#[async_trait]
impl Runtime for TaskRuntime {
    fn capabilities(&self) -> Capabilities {
        Capabilities::services().with_logs().with_rollout(Strategy::Switched)
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Observed> {
        let mut seen = Observed::empty(env.clone());
        for instance in self.state().instances.iter().filter(|i| !i.gone && i.environment == *env) {
            seen.objects.push(instance.object.clone());
            seen.findings.extend(instance.finding.clone());
        }
        Ok(seen)
    }

    fn plan(&self, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
        self.capabilities().check(want)?;
        let (mut wanted, mut losses) = (Vec::new(), Vec::new());
        for (name, service) in &want.desired.services {
            if matches!(service.source, Source::Build(_)) && !want.artifacts.contains_key(name) {
                return Err(Error::not_found(codes::RELEASE_NO_ARTIFACT, format!("service {name} has no artifact")));
            }
            if service.resources.limits != Limits::default() {
                let path = format!("services.{name}.resources.limits");
                losses.push(Loss::new(path, LossGrade::Ignored, "tasks have no limits of their own"));
            }
            for (i, _) in service.files.iter().enumerate() {
                let path = format!("services.{name}.files.{i}");
                losses.push(Loss::new(path, LossGrade::Refused, "tasks have no files of their own"));
            }
            let variables = resolve_addresses(&service.process.environment, at)?;
            let secrets = secret_versions(&variables, want)?;
            let ports = service.ports.iter().map(|port| port.number).collect();
            let spec = Spec { service: name.clone(), argv: service.process.argv(), ports, variables, secrets };
            let body = Body::of(&spec)?;
            for replica in 0..service.replicas {
                let object = ObjectId::new(KIND, naming::instance(name, &body.digest(), replica)?);
                wanted.push(Wanted::new(object, body.clone()).with_service(name.clone()));
            }
        }
        let mut changes = Changes::diff(wanted, seen)?;
        changes.losses = losses;
        Ok(changes)
    }

    async fn perform(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        cx.admit()?;
        match op.verb {
            _ if op.object.kind != KIND => Err(unknown(op)),
            Verb::Create => self.create(op, cx).await,
            Verb::Delete => self.delete(op, cx).await,
            _ => Err(unknown(op)),
        }
    }

    fn watch(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        let (runtime, environment) = (self.clone(), env.clone());
        polling_watch(self.env.clone(), LOOK, move || {
            let (runtime, environment) = (runtime.clone(), environment.clone());
            Box::pin(async move { runtime.observe(&environment).await })
        })
    }

    fn logs(&self, who: &LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let (runtime, who) = (self.clone(), who.clone());
        polling_logs(self.env.clone(), LOOK, &how, move |look| {
            runtime.state().instances.iter().filter(|i| i.is(&who)).for_each(|i| look(&i.log));
        })
    }
}

impl fmt::Display for TaskRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tasks")
    }
}

/// What the conformance suite needs.
pub(crate) struct Fixtures;

fn service(argv: &[&str]) -> Service {
    let mut service = Service::new(Source::Image(ImageRef::new("tasks").expect("a valid reference")));
    service.process = Process::new(argv.iter().copied());
    service.ports.push(Port::tcp(8080));
    service
}

#[async_trait]
impl RuntimeHarness for Fixtures {
    async fn runtime(&self) -> Result<Arc<dyn Runtime>> {
        Ok(Arc::new(TaskRuntime { env: self.env(), state: Arc::default() }))
    }

    fn serves_http(&self) -> Service {
        service(&["http"])
    }

    fn exits(&self, code: i32) -> Service {
        service(&["exit", &code.to_string()])
    }

    fn never_ready(&self) -> Service {
        service(&["wait"])
    }

    fn prints(&self, lines: usize) -> Service {
        service(&["print", &lines.to_string()])
    }

    fn lines_too_many(&self) -> usize {
        KEPT * 2
    }

    fn reaches_instances(&self) -> bool {
        true
    }
}

/// Deploys a service under the engine and removes it. The deploy has succeeded only once the
/// service answered through the ingress: an engine confirms its switches.
async fn deploy() -> Result<String> {
    let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
    let proxy = Proxy::start(ProxyConfig::default(), env.clone(), Arc::default()).await?;
    let runtime = Arc::new(TaskRuntime { env: env.clone(), state: Arc::default() });
    let engine = Engine::builder(env).runtime(runtime).routes(Arc::new(proxy.clone())).in_memory().build()?;

    let (id, web) = (EnvironmentId::parse("acme/shop/sandbox")?, ServiceName::new("web")?);
    let host = proxy.public_host(&web, &id)?;
    let mut desired = Desired::empty(id.clone());
    desired.services.insert(web.clone(), service(&["http"]));
    desired.routes.push(PublicRoute::new(web, host.clone(), 8080));
    let mut project = Project::new(id.org.clone(), id.project.clone(), Digest::of("no manifest"));
    project.environments.insert(id.env.clone(), Environment::new(desired));

    engine.deploy(DeployRequest::new(project, id.env.clone())).await?.wait().await?.into_result()?;
    engine.delete(&id, "the example").await?.wait().await?.into_result()?;
    match engine.leftovers(&id).await?.count() {
        0 => Ok(host.to_string()),
        left => Err(Error::failed(codes::UNDO_INCOMPLETE, format!("{left} objects are left"))),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let report = run_runtime(Fixtures).await;
    println!("{report}");
    let deployed = deploy().await;
    match &deployed {
        Ok(host) => println!("ok    a deploy under the engine answers as {host}, and leaves nothing"),
        Err(error) => println!("FAIL  a deploy under the engine: {}", error.chain()),
    }
    if report.passed() && deployed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
