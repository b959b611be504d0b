//! A state folder, a host on it, and deploys without an engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::control::Channel;
use eve_core::desired::{BuildSpec, Port, Process, Service, Source};
use eve_core::memory::MemoryChannel;
use eve_core::{
    Addresses, Artifact, AttemptId, AttemptSpec, AttemptState, Bound, BuildCx, BuildRequest, Builder as _, Change,
    Changes, Deadline, Desired, EnvironmentId, Exit, Fence, Finding, LogItem, Object, Observed, Op, OpCx, Result,
    RunId, Runner as _, Runtime as _, Secret, SecretName, SecretResolver, SecretVersion, ServiceName, SourceDir,
    SystemEnv,
};
use eve_runtime_process::{ChildrenPart, ProcessConfig, ProcessHost, ProcessRuntime};
use futures_util::stream::{BoxStream, StreamExt as _};
use tempfile::TempDir;

/// How long anything is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Place {
    pub(crate) host: ProcessHost,
    pub(crate) runtime: ProcessRuntime,
    pub(crate) env: EnvironmentId,
    pub(crate) dir: Dir,
}

/// A state folder. Nothing that was started in it outlives it.
pub(crate) struct Dir(TempDir);

impl Dir {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The processes that carry a marker below `folder`.
    pub(crate) fn marked(&self, folder: &str) -> Vec<String> {
        let Ok(header) = fs::read_to_string(self.path().join("state.json")) else { return Vec::new() };
        let id = header.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let wanted = format!("EVE_INSTANCE={id}/{folder}");
        let pids = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
        let carries = |pid: &String| String::from_utf8_lossy(&environ(pid)).contains(&wanted) && is_alive(pid);
        pids.filter(carries).collect()
    }

    /// True if a text stands in any file below. Pipes are looked at by their names alone.
    pub(crate) fn holds(&self, text: &str) -> bool {
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                let kind = entry.file_type().unwrap();
                let found = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() && fs::read(entry.path()).is_ok_and(|bytes| found(&bytes)) {
                    return true;
                }
            }
        }
        false
    }
}

impl Drop for Dir {
    /// Looks twice: a process that was just started shows no environment for a moment. One that threw
    /// its environment away is known by where it works.
    fn drop(&mut self) {
        let works_here =
            |pid: &String| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|at| at.starts_with(self.path()));
        for _ in 0..2 {
            let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
            let here = pids.filter_map(|entry| entry.file_name().into_string().ok()).filter(works_here);
            for pid in here.chain(self.marked("")) {
                kill(&pid);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

pub(crate) fn kill(pid: &str) {
    let number = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    // It may be gone by itself.
    let _ = rustix::process::kill_process(number, rustix::process::Signal::KILL);
    while is_alive(pid) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

impl Place {
    pub(crate) async fn open() -> Self {
        Self::with(|config| config).await
    }

    pub(crate) async fn with(set: impl FnOnce(ProcessConfig) -> ProcessConfig) -> Self {
        let dir = Dir::new();
        let config = set(config(dir.path()));
        let host = if env!("CARGO_CRATE_NAME") == "attached" {
            ProcessHost::attach(config.clone(), channel(&part(config).await)).await
        } else {
            ProcessHost::open(config, Arc::default()).await
        };
        Self::around(dir, host.unwrap())
    }

    pub(crate) fn around(dir: Dir, host: ProcessHost) -> Self {
        Self { runtime: host.runtime(), host, env: environment(), dir }
    }

    /// A snapshot of a folder with one file and one program.
    pub(crate) async fn artifact(&self) -> Artifact {
        let source = tempfile::tempdir().unwrap();
        fs::write(source.path().join("greeting.txt"), "hello\n").unwrap();
        fs::create_dir(source.path().join("below")).unwrap();
        fs::copy(fixture(), source.path().join("below/program")).unwrap();
        let request = BuildRequest::new(name("web"), BuildSpec::new("."), SourceDir::new(source.path()));
        let system = Arc::new(SystemEnv::new());
        let deadline = Deadline::after(&*system, PATIENCE);
        self.host.builder().build(&request, &BuildCx::new(system, deadline)).await.unwrap()
    }

    pub(crate) async fn bound(&self, services: impl IntoIterator<Item = (&str, Service)>) -> Bound {
        let mut desired = Desired::empty(self.env.clone());
        let artifact = self.artifact().await;
        let mut artifacts = BTreeMap::new();
        for (service, spec) in services {
            desired.services.insert(name(service), spec);
            artifacts.insert(name(service), artifact.clone());
        }
        let mut bound = Bound::unreleased(desired);
        bound.artifacts = artifacts;
        bound
    }

    pub(crate) async fn observe(&self) -> Observed {
        self.runtime.observe(&self.env).await.unwrap()
    }

    pub(crate) async fn plan(&self, want: &Bound) -> Result<Changes> {
        self.runtime.plan(want, &self.observe().await, &At)
    }

    pub(crate) async fn perform(&self, op: &Op) -> Result<Change> {
        self.runtime.perform(op, &self.cx(op)).await
    }

    /// Makes what is missing, then removes what is too much.
    pub(crate) async fn deploy(&self, want: &Bound) -> Vec<Change> {
        let changes = self.plan(want).await.unwrap();
        let mut done = Vec::new();
        for op in changes.ensure.iter().chain(&changes.retire) {
            done.push(self.perform(op).await.unwrap());
        }
        done
    }

    /// Deploys one service, and answers its only object.
    pub(crate) async fn start(&self, service: Service) -> Object {
        let want = self.bound([("web", service)]).await;
        self.deploy(&want).await;
        Self::only(&self.observe().await)
    }

    /// The only object that there is.
    pub(crate) fn only(seen: &Observed) -> Object {
        let [object] = seen.objects.as_slice() else { panic!("one object was expected: {seen:?}") };
        object.clone()
    }

    /// Waits until the environment is as said.
    pub(crate) async fn until(&self, what: &str, is: impl Fn(&Observed) -> bool) -> Observed {
        let mut states = self.runtime.watch(&self.env);
        let mut last = None;
        let waiting = async {
            while let Some(seen) = states.next().await {
                let seen = seen.unwrap();
                if is(&seen) {
                    return seen;
                }
                last = Some(seen);
            }
            panic!("the watch ended");
        };
        let found = tokio::time::timeout(PATIENCE, waiting).await;
        found.unwrap_or_else(|_| panic!("{what} did not come: {last:?}"))
    }

    pub(crate) async fn ready(&self) -> Observed {
        let all = |seen: &Observed| !seen.objects.is_empty() && seen.objects.iter().all(|one| one.state.is_ready());
        self.until("readiness", all).await
    }

    pub(crate) async fn finding(&self, is: impl Fn(&Finding) -> bool) -> Finding {
        let seen = self.until("a finding", |seen| seen.findings.iter().any(&is)).await;
        seen.findings.into_iter().find(is).unwrap()
    }

    pub(crate) fn cx(&self, op: &Op) -> OpCx {
        let system = Arc::new(SystemEnv::new());
        let deadline = Deadline::after(&*system, PATIENCE);
        OpCx::new(system, self.env.clone(), op.id.clone(), Fence::new(1), deadline).with_secrets(Arc::new(Vault))
    }

    pub(crate) fn attempt(&self, number: u32, argv: &[&str]) -> AttemptSpec {
        let id = AttemptId::new(&RunId::new("run_0a").unwrap(), "migrate", number);
        AttemptSpec::new(id, self.env.clone(), "migrate", argv.iter().map(ToString::to_string).collect())
    }

    pub(crate) fn attempt_cx(&self) -> OpCx {
        let system = Arc::new(SystemEnv::new());
        let deadline = Deadline::after(&*system, PATIENCE);
        OpCx::new(system, self.env.clone(), eve_core::OpId::new("attempt"), Fence::new(1), deadline)
            .with_secrets(Arc::new(Vault))
    }

    /// Runs an attempt to its end.
    pub(crate) async fn run(&self, spec: &AttemptSpec) -> (Exit, Option<Finding>) {
        self.host.runner().start(spec, &self.attempt_cx()).await.unwrap();
        self.ended(&spec.id).await
    }

    pub(crate) async fn ended(&self, id: &AttemptId) -> (Exit, Option<Finding>) {
        let mut states = self.host.runner().watch(id);
        let waiting = async {
            loop {
                if let AttemptState::Ended { exit, finding } =
                    states.next().await.expect("a watch ends with the end").unwrap()
                {
                    return (exit, finding.map(|found| *found));
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the attempt ends")
    }

    /// What an attempt wrote.
    pub(crate) async fn output(&self, spec: &AttemptSpec) -> String {
        self.run(spec).await;
        let items = self.host.runner().logs(&spec.id, eve_core::LogOptions::default());
        lines(&collect(items).await).join("\n")
    }
}

pub(crate) fn environment() -> EnvironmentId {
    EnvironmentId::parse("acme/shop/test").unwrap()
}

/// A holder of children as it stands in a supervisor.
pub(crate) async fn part(config: ProcessConfig) -> ChildrenPart {
    ChildrenPart::open(config, Arc::default()).await.unwrap()
}

pub(crate) fn channel(part: &ChildrenPart) -> Arc<dyn Channel> {
    let part: Arc<dyn eve_core::control::Part> = Arc::new(part.clone());
    Arc::new(MemoryChannel::new(Arc::new(SystemEnv::new()), [part]))
}

pub(crate) fn config(dir: &Path) -> ProcessConfig {
    let fixtures = fixture();
    ProcessConfig::new(dir).with_path_dir(fixtures.parent().unwrap())
}

/// The fixture program. Cargo builds a package's examples with its tests.
pub(crate) fn fixture() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("examples/fixture");
    assert!(path.exists(), "{} is missing: run `cargo build --examples` first", path.display());
    path
}

pub(crate) fn name(text: &str) -> ServiceName {
    ServiceName::new(text).unwrap()
}

/// A service that runs the fixture.
pub(crate) fn service(arguments: &[&str]) -> Service {
    program(&[&["fixture"], arguments].concat())
}

/// A service that runs a command line.
pub(crate) fn program(argv: &[&str]) -> Service {
    let mut service = Service::new(Source::Build(BuildSpec::new(".")));
    service.process = Process::new(argv.iter().copied());
    service.stop_grace = Duration::from_secs(5);
    service
}

/// A port that is a fixed one of the machine.
pub(crate) fn published(number: u16) -> Port {
    let mut port = Port::tcp(80);
    port.published = Some(number);
    port
}

pub(crate) async fn collect(items: BoxStream<'static, Result<LogItem>>) -> Vec<LogItem> {
    let all = items.map(Result::unwrap).collect();
    tokio::time::timeout(PATIENCE, all).await.expect("the logs end")
}

pub(crate) fn lines(items: &[LogItem]) -> Vec<String> {
    let lines = items.iter().filter_map(|item| match item {
        LogItem::Line { bytes, .. } => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    });
    lines.collect()
}

/// True if a process of this number is there and no zombie.
pub(crate) fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// What a process was started with. A program that is being executed has none for an instant, in
/// which whoever started it may already run on.
fn environ(pid: &str) -> Vec<u8> {
    let has_memory = || fs::read_to_string(format!("/proc/{pid}/statm")).is_ok_and(|statm| !statm.starts_with("0 "));
    for _ in 0..100 {
        match fs::read(format!("/proc/{pid}/environ")) {
            Ok(environ) if environ.is_empty() && has_memory() => std::thread::sleep(Duration::from_millis(1)),
            read => return read.unwrap_or_default(),
        }
    }
    Vec::new()
}

/// Every service has the same address.
pub(crate) struct At;

impl Addresses for At {
    fn service_url(&self, service: &ServiceName) -> Result<String> {
        Ok(format!("http://{service}.internal:1"))
    }
}

/// Every secret has the same text.
struct Vault;

impl Vault {
    const TEXT: &str = "hunter22-is-secret";
}

pub(crate) const SECRET: &str = Vault::TEXT;

#[async_trait]
impl SecretResolver for Vault {
    async fn resolve(&self, _: &SecretName, _: &SecretVersion) -> Result<Secret> {
        Ok(Secret::new(Self::TEXT))
    }
}
