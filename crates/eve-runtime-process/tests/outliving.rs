//! What becomes of children whose holder is killed, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use eve_core::{AttemptState, Exit, Fence, LogItem, LogOptions, Runner as _, Started, codes};
use eve_runtime_process::{ChildHolder, ChildId, ChildState, ChildStatus, Mandate, ProcessHost};
use futures_util::StreamExt as _;

use crate::place::{Dir, PATIENCE, Place, SECRET, channel, config, environment, fixture, is_alive, kill, part};

/// Another process that holds a service and an attempt.
struct Holder {
    process: Child,
    dir: Dir,
}

impl Holder {
    fn start(service: &[&str]) -> Self {
        let dir = Dir::new();
        let mut command = Command::new(fixture().with_file_name("holder"));
        command.arg(dir.path()).arg(fixture()).args(service).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "holding\n");
        Self { process, dir }
    }

    fn kill(mut self) -> Dir {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.dir
    }
}

fn service() -> ChildId {
    ChildId::new("instances/eve-acme-shop-test/web@1").unwrap()
}

fn mandate() -> Mandate {
    Mandate::new(environment(), Fence::new(1))
}

fn millis() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

/// The number, the time and the rest of a line of `fixture beat`.
fn beat(item: &LogItem) -> Option<(u64, u128, String)> {
    let LogItem::Line { bytes, .. } = item else { return None };
    let line = String::from_utf8_lossy(bytes).into_owned();
    let mut words = line.strip_prefix("beat ")?.splitn(3, ' ');
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.to_owned()))
}

/// Waits until the service is as said.
async fn until(holder: &Arc<dyn ChildHolder>, what: &str, is: impl Fn(&ChildStatus) -> bool) -> ChildStatus {
    let mut changes = holder.watch();
    let waiting = async {
        loop {
            changes.next().await.unwrap().unwrap();
            let status = holder.status(&service()).await.unwrap().unwrap();
            if is(&status) {
                return status;
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{what} did not come"))
}

/// Crashes the service, and waits until it runs again.
async fn crash(holder: &Arc<dyn ChildHolder>) -> ChildStatus {
    let before = holder.status(&service()).await.unwrap().unwrap();
    let address = &before.addresses[&80];
    let connecting = async {
        while tokio::net::TcpStream::connect((address.host.as_str(), address.port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, connecting).await.expect("it listens on its port");
    until(holder, "a restart", |status| status.restarts > before.restarts && status.ending.is_some()).await
}

#[tokio::test]
async fn a_service_runs_on_and_is_held_by_the_next_as_by_the_first() {
    let dir = Holder::start(&["beat"]).kill();
    let killed = millis();
    let [pid] = dir.marked("instances/").try_into().unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(is_alive(&pid), "it died because nobody read what it wrote");
    let opened = millis();
    let part = part(config(dir.path())).await;
    let host = ProcessHost::attach(config(dir.path()), channel(&part)).await.unwrap();
    let holder = host.children();
    assert_eq!(dir.marked("instances/"), [pid.as_str()]);
    let adopted = holder.status(&service()).await.unwrap().unwrap();
    assert!(!adopted.state.is_final() && adopted.restarts == 0);

    // What it wrote while nobody held it is in its log, after a gap.
    let mut items = holder.logs(&service(), &LogOptions::default().with_follow(true));
    let reading = async {
        let mut gap = false;
        loop {
            let item = items.next().await.unwrap().unwrap();
            gap |= matches!(item, LogItem::Gap { .. });
            let Some((_, at, rest)) = beat(&item) else { continue };
            assert_eq!(rest, "fast db://u:***@h");
            if gap {
                assert!(at < opened, "nothing of {killed} to {opened} is there");
                if at > killed {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("lines from in between come");

    // It is started again with the same port and the same variables; only the first exit is unseen.
    let again = crash(&holder).await;
    assert_eq!((again.ending.unwrap().exit, &again.addresses), (Exit::Lost, &adopted.addresses));
    let again = crash(&holder).await;
    assert_eq!((again.ending.unwrap().exit, &again.addresses), (Exit::Code(70), &adopted.addresses));
    let reading = async {
        let mut firsts = 0;
        while firsts < 2 {
            let Some((n, _, rest)) = beat(&items.next().await.unwrap().unwrap()) else { continue };
            assert_eq!(rest, "fast db://u:***@h");
            firsts += u64::from(n == 1);
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("it writes from the beginning, twice");

    holder.stop(&service(), Duration::from_secs(5), &mandate()).await.unwrap();
    assert_eq!(dir.marked("instances/"), Vec::<String>::new());
    assert!(dir.holds("db://u:***@h") && !dir.holds(SECRET));
}

#[tokio::test]
async fn a_service_that_ended_while_nobody_held_it_is_lost_until_it_is_let_go() {
    let dir = Holder::start(&["wait"]).kill();
    dir.marked("instances/").iter().for_each(|pid| kill(pid));
    let host = ProcessHost::open(config(dir.path()), Arc::default()).await.unwrap();
    let ended = host.children().status(&service()).await.unwrap().unwrap();
    assert_eq!(ended.state, ChildState::Ended { exit: Exit::Lost });
    let kept = eve_runtime_process::Remains::Kept;
    assert!(host.children().release(&service(), kept, &mandate()).await.unwrap());
    drop(host);
    let host = ProcessHost::open(config(dir.path()), Arc::default()).await.unwrap();
    assert_eq!(host.children().status(&service()).await.unwrap(), None);
}

#[tokio::test]
async fn an_attempt_is_adopted_and_its_exit_is_not_invented() {
    let dir = Holder::start(&["wait"]).kill();
    let host = ProcessHost::open(config(dir.path()), Arc::default()).await.unwrap();
    let place = Place::around(dir, host);
    let runner = place.host.runner();
    let mut spec = place.attempt(1, &[]);
    spec.argv = vec![fixture().to_str().unwrap().to_owned(), "wait".to_owned()];
    assert_eq!(runner.start(&spec, &place.attempt_cx()).await.unwrap(), Started::Adopted);
    assert_eq!(runner.watch(&spec.id).next().await.unwrap().unwrap(), AttemptState::Running);
    assert_eq!(place.dir.marked("attempts/").len(), 1);
    runner.stop(&spec.id, &place.attempt_cx()).await.unwrap();
    assert_eq!(place.dir.marked("attempts/").len(), 0);
    let (exit, finding) = place.ended(&spec.id).await;
    assert_eq!((exit, finding.unwrap().code), (Exit::Lost, codes::ATTEMPT_LOST));
}

#[tokio::test]
async fn an_attempt_that_is_gone_is_lost() {
    let dir = Holder::start(&["wait"]).kill();
    dir.marked("attempts/").iter().for_each(|pid| kill(pid));
    let host = ProcessHost::open(config(dir.path()), Arc::default()).await.unwrap();
    let place = Place::around(dir, host);
    let mut spec = place.attempt(1, &[]);
    spec.argv = vec![fixture().to_str().unwrap().to_owned(), "wait".to_owned()];
    assert_eq!(place.ended(&spec.id).await.0, Exit::Lost);
    let started = place.host.runner().start(&spec, &place.attempt_cx()).await.unwrap();
    assert_eq!(started, Started::Ended(Exit::Lost));
}
