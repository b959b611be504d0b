//! What a successor finds after its holder was killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use eve_core::{AttemptState, Exit, Runner as _, Runtime as _, Started, codes};
use eve_runtime_process::{ProcessHost, ProcessRuntime};
use futures_util::StreamExt as _;
use tempfile::TempDir;

use crate::place::{PATIENCE, Place, config, fixture, is_alive, service};

/// Another process that holds a service and an attempt, both waiting.
struct Holder {
    process: Child,
    dir: TempDir,
}

impl Holder {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(fixture().with_file_name("holder"));
        command.arg(dir.path()).arg(fixture()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "holding\n");
        Self { process, dir }
    }

    fn kill(mut self) -> TempDir {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.dir
    }

    /// The processes that carry a marker below `folder`.
    fn marked(dir: &TempDir, folder: &str) -> Vec<String> {
        let header = std::fs::read_to_string(dir.path().join("state.json")).unwrap();
        let id = header.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let wanted = format!("EVE_INSTANCE={id}/{folder}");
        let pids = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
        let carries = |pid: &String| {
            let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            String::from_utf8_lossy(&environ).contains(&wanted) && is_alive(pid)
        };
        pids.filter(carries).collect()
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn services_of_a_killed_holder_are_ended() {
    let dir = Holder::start().kill();
    assert_eq!(Holder::marked(&dir, "instances/").len(), 1);
    let _host = ProcessHost::open(config(dir.path())).await.unwrap();
    assert_eq!(Holder::marked(&dir, "instances/").len(), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn attempts_of_a_killed_holder_are_adopted_and_their_exit_is_not_invented() {
    let dir = Holder::start().kill();
    let host = ProcessHost::open(config(dir.path())).await.unwrap();
    let place =
        Place { runtime: host.runtime(), env: eve_core::EnvironmentId::parse("acme/shop/test").unwrap(), host, dir };
    let runner = place.host.runner();
    let mut spec = place.attempt(1, &[]);
    spec.argv = vec![fixture().to_str().unwrap().to_owned(), "wait".to_owned()];
    assert_eq!(runner.start(&spec, &place.attempt_cx()).await.unwrap(), Started::Adopted);
    assert_eq!(runner.watch(&spec.id).next().await.unwrap().unwrap(), AttemptState::Running);
    assert_eq!(Holder::marked(&place.dir, "attempts/").len(), 1);
    runner.stop(&spec.id, &place.attempt_cx()).await.unwrap();
    assert_eq!(Holder::marked(&place.dir, "attempts/").len(), 0);
    let (exit, finding) = place.ended(&spec.id).await;
    assert_eq!((exit, finding.unwrap().code), (Exit::Lost, codes::ATTEMPT_LOST));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_attempt_that_is_gone_is_lost() {
    let dir = Holder::start().kill();
    for pid in Holder::marked(&dir, "attempts/") {
        let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }
    let host = ProcessHost::open(config(dir.path())).await.unwrap();
    let place =
        Place { runtime: host.runtime(), env: eve_core::EnvironmentId::parse("acme/shop/test").unwrap(), host, dir };
    let mut spec = place.attempt(1, &[]);
    spec.argv = vec![fixture().to_str().unwrap().to_owned(), "wait".to_owned()];
    assert_eq!(place.ended(&spec.id).await.0, Exit::Lost);
    let started = place.host.runner().start(&spec, &place.attempt_cx()).await.unwrap();
    assert_eq!(started, Started::Ended(Exit::Lost));
}

#[tokio::test]
async fn a_second_holder_is_told_who_holds_the_state() {
    let place = Place::open().await;
    let error = ProcessHost::open(config(place.dir.path())).await.unwrap_err();
    assert_eq!(error.code(), &codes::STATE_HELD);
    assert!(error.to_string().contains(&std::process::id().to_string()));
}

#[tokio::test]
async fn the_state_of_a_newer_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("state.json"), r#"{"schema":99,"id":"x"}"#).unwrap();
    assert_eq!(ProcessHost::open(config(dir.path())).await.unwrap_err().code(), &codes::STATE_VERSION);
}

#[tokio::test]
async fn a_reader_beside_the_holder_sees_and_changes_nothing() {
    let place = Place::open().await;
    place.start(service(&["wait"])).await;
    place.ready().await;
    let reader = ProcessRuntime::open_read_only(config(place.dir.path())).unwrap();
    let seen = reader.observe(&place.env).await.unwrap();
    assert!(Place::only(&seen).state.is_ready());
    assert_eq!(reader.owned().unwrap().environments().await.unwrap().as_slice(), std::slice::from_ref(&place.env));
    let op = eve_core::Op::delete(&Place::only(&seen), "a test");
    assert_eq!(reader.perform(&op, &place.cx(&op)).await.unwrap_err().code(), &codes::STATE_READ_ONLY);
    assert!(Place::only(&place.observe().await).state.is_ready());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn dropping_everything_kills_what_runs_for_good() {
    let place = Place::open().await;
    place.start(service(&["start-child"])).await;
    place.ready().await;
    let Place { dir, host, runtime, .. } = place;
    assert!(!Holder::marked(&dir, "instances/").is_empty());
    drop((host, runtime));
    let gone = async {
        while !Holder::marked(&dir, "instances/").is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("everything is killed");
    // Longer than the first pause before a restart.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(Holder::marked(&dir, "instances/"), Vec::<String>::new());
}
