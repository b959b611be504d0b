//! What a successor makes of what is stored.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use eve_core::desired::Restart;
use eve_core::{Body, Exit, Fence, LogItem, LogOptions, LogSource, Secret, codes};
use eve_runtime_process::{
    ChildHolder as _, ChildId, ChildPort, ChildSpec, ChildState, Children, Environment, Mandate, Remains,
};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;

use crate::place::{Dir, PATIENCE, SECRET, collect, config, environment, fixture, kill, part};

fn mandate() -> Mandate {
    Mandate::new(environment(), Fence::new(1))
}

fn id() -> ChildId {
    ChildId::new("instances/shop/web@1").unwrap()
}

fn spec(arguments: &[&str]) -> ChildSpec {
    let argv = [fixture().to_str().unwrap()].iter().chain(arguments).map(ToString::to_string).collect();
    let mut variables = Environment::new("/usr/bin:/bin");
    variables.set("MODE", Secret::new("fast"));
    ChildSpec::new(id(), Body::of(&"a service").unwrap(), LogSource::new("web@1"), argv, variables)
}

/// Lets somebody hold the children of a folder who then goes away without a word: its tasks are cut
/// off wherever they are.
fn formerly(dir: &Dir, what: impl for<'a> FnOnce(&'a Children) -> BoxFuture<'a, ()> + Send) {
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async {
                let part = part(config(dir.path())).await;
                what(part.children()).await;
            });
            runtime.shutdown_timeout(Duration::from_secs(20));
        });
    });
}

fn started(dir: &Dir, spec: ChildSpec) {
    formerly(dir, |children| {
        Box::pin(async move {
            assert!(children.start(spec, &mandate()).await.unwrap().new);
        })
    });
}

/// Where the record of the child is stored.
fn record(dir: &Dir) -> PathBuf {
    dir.path().join(id().as_str()).join("record.json")
}

/// Changes the stored record of the child.
fn edit(dir: &Dir, field: &str, value: serde_json::Value) {
    let path = record(dir);
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    record[field] = value;
    fs::write(&path, serde_json::to_vec(&record).unwrap()).unwrap();
}

/// Waits until a stored record is as said.
async fn stored(path: PathBuf, is: impl Fn(&serde_json::Value) -> bool) {
    let waiting = async {
        while !is(&serde_json::from_slice(&fs::read(&path).unwrap()).unwrap()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it is stored");
}

async fn finished(children: &Children) -> ChildState {
    let waiting = async {
        loop {
            let status = children.status(&id()).await.unwrap().unwrap();
            if status.state.is_final() {
                return status.state;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it ends")
}

#[tokio::test]
async fn the_time_of_an_adopted_child_goes_on() {
    let dir = Dir::new();
    let mut limited = spec(&["wait"]);
    limited.timeout = Some(Duration::from_secs(1800));
    started(&dir, limited);
    let an_hour_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
    let millis = an_hour_ago.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    edit(&dir, "started", u64::try_from(millis).unwrap().into());
    let part = part(config(dir.path())).await;
    assert_eq!(finished(part.children()).await, ChildState::Ended { exit: Exit::Lost });
    assert!(part.children().status(&id()).await.unwrap().unwrap().timed_out);
    assert!(dir.marked("").is_empty());
}

#[tokio::test]
async fn a_process_that_nobody_had_time_to_write_down_is_found() {
    let dir = Dir::new();
    started(&dir, spec(&["wait"]));
    edit(&dir, "identity", serde_json::Value::Null);
    let before = dir.marked("");
    let part = part(config(dir.path())).await;
    assert!(!part.children().status(&id()).await.unwrap().unwrap().state.is_final());
    assert_eq!((dir.marked(""), before.len()), (before.clone(), 1));
}

#[tokio::test]
async fn a_start_that_never_came_to_be_is_lost() {
    let dir = Dir::new();
    started(&dir, spec(&["wait"]));
    dir.marked("").iter().for_each(|pid| kill(pid));
    edit(&dir, "identity", serde_json::Value::Null);
    let part = part(config(dir.path())).await;
    let state = part.children().status(&id()).await.unwrap().unwrap().state;
    assert_eq!(state, ChildState::Ended { exit: Exit::Lost });
}

#[tokio::test]
async fn what_was_to_end_is_ended() {
    let dir = Dir::new();
    started(&dir, spec(&["wait"]));
    edit(&dir, "state", serde_json::json!({"state": "stopping"}));
    let part = part(config(dir.path())).await;
    assert_eq!(finished(part.children()).await, ChildState::Ended { exit: Exit::Lost });
    assert!(dir.marked("").is_empty());
}

#[tokio::test]
async fn a_secret_that_was_half_read_is_not_written_by_the_successor() {
    let dir = Dir::new();
    let mut halves = spec(&["say-in-halves", "TOKEN"]);
    halves.environment.set_secret("TOKEN", Secret::new(SECRET), std::iter::once(0..SECRET.len()));
    formerly(&dir, |children| {
        Box::pin(async move {
            children.start(halves, &mandate()).await.unwrap();
            next_line(children, 0).await;
        })
    });
    let part = part(config(dir.path())).await;
    fs::write(dir.path().join(id().as_str()).join("work/go"), "").unwrap();
    next_line(part.children(), 1).await;
    assert!(dir.holds("next") && !dir.holds(&SECRET[SECRET.len() / 2..]));
}

#[tokio::test]
async fn a_successor_gives_no_shorter_time_to_end_than_was_promised() {
    let dir = Dir::new();
    let mut stubborn = spec(&[]);
    let program = fixture();
    let argv = ["env", "--ignore-signal=TERM", program.to_str().unwrap(), "print-and-wait"];
    stubborn.argv = argv.map(str::to_owned).to_vec();
    let path = record(&dir);
    formerly(&dir, |children| {
        Box::pin(async move {
            children.start(stubborn, &mandate()).await.unwrap();
            // Before its first line it may not have begun to ignore the signal.
            next_line(children, 0).await;
            let stopping = children.clone();
            tokio::spawn(async move { stopping.stop(&id(), Duration::from_secs(1800), &mandate()).await });
            stored(path, |record| record["state"]["state"] == "stopping").await;
        })
    });
    let part = part(config(dir.path())).await;
    // Longer than what is given where nothing was promised.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(part.children().status(&id()).await.unwrap().unwrap().state, ChildState::Stopping);
    assert_eq!(dir.marked("").len(), 1);
}

#[tokio::test]
async fn an_exit_that_was_seen_is_not_lost_while_what_is_left_is_cleaned_up() {
    let dir = Dir::new();
    let path = record(&dir);
    formerly(&dir, |children| {
        Box::pin(async move {
            children.start(spec(&["leave-open", "10000"]), &mandate()).await.unwrap();
            stored(path, |record| record["seen"] != serde_json::Value::Null).await;
        })
    });
    let part = part(config(dir.path())).await;
    let status = part.children().status(&id()).await.unwrap().unwrap();
    assert_eq!(status.state, ChildState::Ended { exit: Exit::Code(7) });
    assert_eq!(status.ending.unwrap().exit, Exit::Code(7));
}

#[tokio::test]
async fn an_exit_that_was_seen_is_not_lost_with_its_holder() {
    let dir = Dir::new();
    formerly(&dir, |children| {
        Box::pin(async move {
            children.start(spec(&["exit", "7"]), &mandate()).await.unwrap();
            finished(children).await;
        })
    });
    let part = part(config(dir.path())).await;
    let status = part.children().status(&id()).await.unwrap().unwrap();
    assert_eq!(status.state, ChildState::Ended { exit: Exit::Code(7) });
    assert_eq!(status.ending.unwrap().exit, Exit::Code(7));
}

#[tokio::test]
async fn what_was_let_go_does_not_come_back() {
    for remains in [Remains::Kept, Remains::Removed] {
        let dir = Dir::new();
        formerly(&dir, |children| {
            Box::pin(async move {
                children.start(spec(&["exit", "0"]), &mandate()).await.unwrap();
                finished(children).await;
                assert!(children.release(&id(), remains, &mandate()).await.unwrap());
            })
        });
        let part = part(config(dir.path())).await;
        assert_eq!(part.children().list("").await.unwrap(), []);
        assert_eq!(dir.path().join(id().as_str()).exists(), remains == Remains::Kept);
    }
}

#[tokio::test]
async fn a_child_without_a_stored_spec_is_ended() {
    let dir = Dir::new();
    started(&dir, spec(&["wait"]));
    edit(&dir, "spec", serde_json::Value::Null);
    let part = part(config(dir.path())).await;
    assert_eq!(finished(part.children()).await, ChildState::Ended { exit: Exit::Lost });
    assert!(dir.marked("").is_empty());
}

#[tokio::test]
async fn a_program_that_lost_its_environment_runs_on_and_shows_nothing_that_might_be_secret() {
    for secret in [false, true] {
        let dir = Dir::new();
        // `env -i` becomes a program without a single variable: nothing says whose it was.
        let mut wiped = spec(&[]);
        let fixture = fixture().to_str().unwrap().to_owned();
        wiped.argv = ["env", "-i", &fixture, "print-on"].map(str::to_owned).to_vec();
        wiped.restart = Restart::Always;
        if secret {
            wiped.environment.set_secret("TOKEN", Secret::new("line 1"), std::iter::once(0..6));
        }
        formerly(&dir, |children| {
            Box::pin(async move {
                children.start(wiped, &mandate()).await.unwrap();
                next_line(children, 0).await;
            })
        });
        let part = part(config(dir.path())).await;
        assert!(!part.children().status(&id()).await.unwrap().unwrap().state.is_final());
        if !secret {
            next_line(part.children(), 1).await;
        }
        part.children().stop(&id(), Duration::from_secs(5), &mandate()).await.unwrap();
        let items = collect(part.children().logs(&id(), &LogOptions::default())).await;
        let after = items.iter().skip_while(|item| !matches!(item, LogItem::Gap { .. })).skip(1);
        let shown = after.filter(|item| matches!(item, LogItem::Line { .. })).count();
        assert_eq!(shown > 0, !secret, "{shown} lines are shown");
    }
}

/// Waits for a line behind that many gaps.
async fn next_line(children: &Children, gaps: usize) {
    let mut items = children.logs(&id(), &LogOptions::default().with_follow(true));
    let reading = async {
        let mut passed = 0;
        loop {
            match items.next().await.unwrap().unwrap() {
                LogItem::Line { .. } if passed >= gaps => return,
                LogItem::Gap { .. } => passed += 1,
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("a line comes");
}

#[tokio::test]
async fn a_damaged_record_hinders_nobody_else() {
    let dir = Dir::new();
    started(&dir, spec(&["wait"]));
    let damaged = dir.path().join("instances/shop/api@1");
    fs::create_dir(&damaged).unwrap();
    fs::write(damaged.join("record.json"), "{").unwrap();
    let part = part(config(dir.path())).await;
    assert_eq!(part.children().list("").await.unwrap().len(), 1);
    assert_eq!(fs::read(damaged.join("record.json")).unwrap(), b"{");
}

#[tokio::test]
async fn ports_of_an_adopted_child_are_not_given_again() {
    let dir = Dir::new();
    let mut one = spec(&["wait"]);
    one.ports = vec![ChildPort { number: 80, fixed: None }];
    started(&dir, one);
    let part = part(config(dir.path())).await;
    let held = part.children().status(&id()).await.unwrap().unwrap().addresses[&80].port;
    // It does not listen, so the system would give its port to anybody.
    let mut other = spec(&["wait"]);
    other.id = ChildId::new("instances/shop/other@1").unwrap();
    other.ports = vec![ChildPort { number: 80, fixed: Some(held) }];
    let refused = part.children().start(other.clone(), &mandate()).await.unwrap_err();
    assert_eq!(refused.code(), &codes::PORT_TAKEN);
    part.children().stop(&id(), Duration::from_secs(5), &mandate()).await.unwrap();
    assert!(part.children().start(other, &mandate()).await.unwrap().new);
}

#[tokio::test]
async fn versions_go_on_growing_under_the_next_holder() {
    let dir = Dir::new();
    let mut kept = spec(&["wait"]);
    kept.restart = Restart::Always;
    started(&dir, kept);
    let path = dir.path().join(id().as_str()).join("record.json");
    let record: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    // As if the clock had been set back since.
    let before = record["version"].as_u64().unwrap() + 3_600_000_000;
    edit(&dir, "version", before.into());
    let part = part(config(dir.path())).await;
    assert!(part.children().status(&id()).await.unwrap().unwrap().version > before);
}
