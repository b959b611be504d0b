//! Several processes with one state directory open for writing, some of which are killed or stopped.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use eve_core::{Env as _, Fence, Journal as _, Secret, SecretName, SecretScope, SecretStore as _, SystemEnv, codes};
use rustix::process::Signal;

use crate::scratch::{PATIENCE, Scratch, holder, lease, record, stream};
use crate::worker::Worker;

const LONG: Duration = Duration::from_hours(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_however_often_one_of_two_is_killed() {
    const KILLS: usize = 10;
    let scratch = Scratch::new();
    let mut steady = Worker::open(scratch.path());
    steady.tell("flood steady");
    let mut said = vec![steady.answer()];
    for round in 0..KILLS {
        let mut killed = Worker::open(scratch.path());
        killed.tell(&format!("flood killed-{round}"));
        said.extend((0..=round % 3).map(|_| killed.answer()));
        said.extend(killed.kill());
        // The other one goes on.
        said.push(steady.answer());
    }
    steady.tell("stop");
    loop {
        match steady.answer() {
            answer if answer == "stopped" => break,
            answer => said.push(answer),
        }
    }

    let state = scratch.open().await;
    // Reading follows the chain of digests, and has no holes.
    let entries = state.journal().read(&stream("s"), 0, usize::MAX).await.unwrap();
    let texts: BTreeMap<_, _> = entries.iter().map(|e| (e.sequence, e.record.body.as_str().to_owned())).collect();
    for line in &said {
        let (sequence, text) = line.split_once(' ').unwrap();
        assert_eq!(texts[&sequence.parse().unwrap()], format!("\"{text}\""));
    }
    let last = entries.len() as u64;
    let unsaid = entries.len() - said.len();
    assert!(unsaid <= KILLS, "each kill leaves at most one append without its answer, not {unsaid}");
    assert_eq!(state.journal().append(&stream("s"), last, None, vec![record("after")]).await.unwrap(), last + 1);
}

#[tokio::test]
async fn the_lease_of_a_killed_process_is_void_at_once() {
    let scratch = Scratch::new();
    let state = scratch.open().await;
    let journal = state.journal();
    let mut worker = Worker::open(scratch.path());
    let fence: u64 = worker.ask("acquire hold_a 3600000").parse().unwrap();
    let held = journal.acquire(&lease(), &holder("hold_b"), LONG).await.unwrap_err();
    assert_eq!(held.code(), &codes::LEASE_HELD);
    for part in ["hold_a", "a worker", &worker.pid().to_string()] {
        assert!(held.to_string().contains(part), "{held} names {part}");
    }
    worker.kill();
    let file = scratch.path().join("holders/hold_a");
    assert!(file.exists(), "nobody could tidy up");
    let next = journal.acquire(&lease(), &holder("hold_b"), LONG).await.unwrap();
    assert!(next.fence > Fence::new(fence));
    assert!(!file.exists());
    let present = state.holders().await.unwrap();
    assert_eq!(present.iter().map(|holder| holder.id().as_str()).collect::<Vec<_>>(), ["hold_b"]);
}

#[tokio::test]
async fn a_stopped_process_keeps_its_lease_for_its_time_and_is_refused_when_it_wakes() {
    let scratch = Scratch::new();
    let (state, env) = (scratch.open().await, SystemEnv::new());
    let journal = state.journal();
    let mut worker = Worker::open(scratch.path());
    let before = env.now();
    let ttl = Duration::from_secs(4);
    let fence = worker.ask(&format!("acquire hold_a {}", ttl.as_millis()));
    assert_eq!(worker.ask(&format!("append s 0 {fence} in-time")), "1");
    worker.signal(Signal::STOP);

    let (start, mut refusals) = (Instant::now(), 0);
    let next = loop {
        match journal.acquire(&lease(), &holder("hold_b"), LONG).await {
            Ok(next) => break next,
            Err(error) => {
                assert_eq!(error.code(), &codes::LEASE_HELD);
                assert!(error.to_string().contains(&worker.pid().to_string()), "{error}");
                refusals += 1;
            }
        }
        assert!(start.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(env.now() >= before + ttl, "it was taken before its time was over");
    assert!(refusals > 0);
    assert_eq!(state.holders().await.unwrap().len(), 2, "a stopped process lives");
    journal.append(&stream("s"), 1, Some(&next.fenced()), vec![record("next")]).await.unwrap();

    worker.signal(Signal::CONT);
    assert_eq!(worker.ask(&format!("append s 2 {fence} late")), codes::LEASE_LOST.as_str());
    assert_eq!(worker.ask("acquire hold_a 1000"), codes::LEASE_HELD.as_str());
    assert_eq!(journal.read(&stream("s"), 0, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn processes_that_set_a_directory_up_at_once_share_it() {
    for _ in 0..3 {
        let scratch = Scratch::new();
        let mut workers: Vec<_> = (0..4).map(|_| Worker::start(scratch.path())).collect();
        for worker in &mut workers {
            worker.tell("open");
        }
        for worker in &workers {
            assert_eq!(worker.answer(), "open");
        }
        let mut versions: Vec<_> = workers.iter_mut().map(|worker| worker.ask("put KEY 1")).collect();
        versions.dedup();
        assert_eq!(versions.len(), 1, "they have one key of versions");
        for (last, worker) in workers.iter_mut().enumerate() {
            assert_eq!(worker.ask(&format!("append s {last} 0 x")), (last + 1).to_string());
        }
    }
}

#[tokio::test]
async fn processes_that_come_and_go_at_once_see_all_that_they_wrote() {
    let scratch = Scratch::new();
    scratch.open().await.close().await;
    let mut workers: Vec<_> = (0..3).map(|_| Worker::start(scratch.path())).collect();
    for (index, worker) in workers.iter_mut().enumerate() {
        worker.tell(&format!("visit s/{index} 25"));
    }
    for worker in &workers {
        assert_eq!(worker.answer(), "visited");
    }
    let streams = scratch.open().await.journal().streams("s/").await.unwrap();
    assert_eq!(streams.into_iter().map(|(_, last)| last).collect::<Vec<_>>(), [25; 3]);
}

#[tokio::test]
async fn a_process_that_is_killed_while_it_sets_a_directory_up_holds_nobody_up() {
    for round in 0..10 {
        let scratch = Scratch::new();
        let mut worker = Worker::start(scratch.path());
        worker.tell("open");
        std::thread::sleep(Duration::from_millis(round));
        worker.kill();
        let state = scratch.open().await;
        state.journal().append(&stream("s"), 0, None, vec![record("first")]).await.unwrap();
        let name = SecretName::new("TOKEN").unwrap();
        state.secrets().put(&SecretScope::System, &name, Secret::new("x")).await.unwrap();
    }
}

#[tokio::test]
async fn no_secret_of_two_writers_is_lost() {
    const EACH: usize = 40;
    let scratch = Scratch::new();
    let mut workers = [Worker::open(scratch.path()), Worker::open(scratch.path())];
    for (worker, prefix) in workers.iter_mut().zip(["ONE", "TWO"]) {
        worker.tell(&format!("put {prefix} {EACH}"));
    }
    for worker in &workers {
        assert_eq!(worker.answer().len(), 16, "a version");
    }
    let secrets = scratch.open().await.secrets();
    assert_eq!(secrets.list(&SecretScope::System).await.unwrap().len(), 2 * EACH);
}
