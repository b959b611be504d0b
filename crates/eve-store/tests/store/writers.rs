//! Several writers of one state directory, in this process.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use eve_core::{ErrorKind, Journal as _, codes};
use eve_store::SqliteJournal;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::scratch::{Scratch, holder, lease, record, soon, stream};

const LONG: Duration = Duration::from_hours(1);

/// Appends `count` entries to the stream `s`, each behind whatever is there.
async fn append_all(journal: Arc<SqliteJournal>, name: &'static str, count: usize) {
    let s = stream("s");
    let mut last = 0;
    for number in 0..count {
        let text = format!("{name} {number}");
        last = loop {
            match journal.append(&s, last, None, vec![record(&text)]).await {
                Ok(last) => break last,
                Err(error) => assert_eq!(error.code(), &codes::JOURNAL_CONFLICT, "{}", error.chain()),
            }
            last = journal.streams("s").await.unwrap().first().map_or(0, |(_, last)| *last);
        };
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_writers_append_to_one_stream_and_every_entry_is_there_once() {
    const EACH: usize = 60;
    let scratch = Scratch::new();
    let (one, two) = (scratch.open().await, scratch.open().await);
    let first = tokio::spawn(append_all(one.journal(), "one", EACH));
    let second = tokio::spawn(append_all(two.journal(), "two", EACH));
    soon(async { first.await.and(second.await) }).await.unwrap();
    // Reading follows the chain of digests.
    let entries = one.journal().read(&stream("s"), 0, usize::MAX).await.unwrap();
    let bodies: BTreeSet<_> = entries.iter().map(|entry| entry.record.body.as_str()).collect();
    assert_eq!((entries.len(), bodies.len()), (2 * EACH, 2 * EACH));
}

#[tokio::test]
async fn one_writer_that_closes_does_not_disturb_the_other() {
    let scratch = Scratch::new();
    let (one, two) = (scratch.open().await, scratch.open().await);
    let s = stream("s");
    let held = two.journal().acquire(&lease(), &holder("hold_b"), LONG).await.unwrap();
    one.journal().append(&s, 0, None, vec![record("a")]).await.unwrap();
    one.close().await;
    assert_eq!(two.journal().append(&s, 1, Some(&held.fenced()), vec![record("b")]).await.unwrap(), 2);
    let three = scratch.open().await;
    assert_eq!(three.journal().append(&s, 2, None, vec![record("c")]).await.unwrap(), 3);
    two.journal().renew(&held).await.unwrap();
    two.close().await;
    assert_eq!(three.journal().read(&s, 0, 9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_subscription_of_one_writer_sees_what_another_appends() {
    let scratch = Scratch::new();
    let (one, two) = (scratch.open().await, scratch.open().await);
    let s = stream("s");
    let mut entries = one.journal().subscribe(&s, 0);
    for sequence in 1..=3 {
        assert!(futures_util::poll!(entries.next()).is_pending());
        let from = if sequence == 2 { &one } else { &two };
        from.journal().append(&s, sequence - 1, None, vec![record("x")]).await.unwrap();
        assert_eq!(soon(entries.next()).await.unwrap().unwrap().sequence, sequence);
    }
    one.close().await;
    assert!(soon(entries.next()).await.is_none(), "it ends with its own journal");
}

#[tokio::test]
async fn the_lease_of_a_closed_writer_is_void_at_once_and_its_fence_is_old() {
    let scratch = Scratch::new();
    let (one, two) = (scratch.open().await, scratch.open().await);
    let s = stream("s");
    let dead = one.journal().acquire(&lease(), &holder("hold_a"), LONG).await.unwrap();
    one.journal().append(&s, 0, Some(&dead.fenced()), vec![record("a")]).await.unwrap();
    let held = two.journal().acquire(&lease(), &holder("hold_b"), LONG).await.unwrap_err();
    assert_eq!(held.code(), &codes::LEASE_HELD);
    for part in ["hold_a", "a test", &std::process::id().to_string(), &dead.until.to_string()] {
        assert!(held.to_string().contains(part), "{held} names {part}");
    }
    let file = scratch.path().join("holders/hold_a");
    assert!(file.exists());
    one.close().await;
    assert!(!file.exists());

    // Refused before anybody took it, and after.
    for _ in 0..2 {
        for lost in [
            two.journal().renew(&dead).await.map(drop),
            two.journal().append(&s, 1, Some(&dead.fenced()), vec![record("late")]).await.map(drop),
        ] {
            assert_eq!(lost.unwrap_err().code(), &codes::LEASE_LOST);
        }
        two.journal().release(&dead).await.unwrap();
        if let Ok(next) = two.journal().acquire(&lease(), &holder("hold_b"), LONG).await {
            assert!(next.fence > dead.fence);
            assert_eq!(two.journal().append(&s, 1, Some(&next.fenced()), vec![record("b")]).await.unwrap(), 2);
        }
    }
    assert_eq!(two.journal().read(&s, 0, 9).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_take_a_lease_at_once_one_gets_it() {
    let scratch = Scratch::new();
    let journals = [scratch.open().await.journal(), scratch.open().await.journal()];
    let mut last = 0;
    for _ in 0..60 {
        let takings = journals.clone().into_iter().zip(["hold_a", "hold_b"]).map(|(journal, name)| {
            tokio::spawn(async move { (journal.acquire(&lease(), &holder(name), LONG).await, journal) })
        });
        let mut taken = Vec::new();
        for done in soon(join_all(takings)).await {
            match done.unwrap() {
                (Ok(held), journal) => taken.push((held, journal)),
                (Err(error), _) => assert_eq!(error.code(), &codes::LEASE_HELD, "{}", error.chain()),
            }
        }
        let [(held, journal)] = &*taken else { panic!("{} have it", taken.len()) };
        assert!(held.fence.number() > last);
        last = held.fence.number();
        journal.release(held).await.unwrap();
    }
}

#[tokio::test]
async fn a_holder_is_at_work_in_one_state_at_a_time() {
    let scratch = Scratch::new();
    let (one, two) = (scratch.open().await, scratch.open().await);
    let a = holder("hold_a");
    let held = one.journal().acquire(&lease(), &a, LONG).await.unwrap();
    one.journal().release(&held).await.unwrap();
    let error = two.journal().acquire(&lease(), &a, LONG).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, &codes::LEASE_HELD));
    assert!(error.hint().is_some());
    one.close().await;
    two.journal().acquire(&lease(), &a, LONG).await.unwrap();
}

#[tokio::test]
async fn who_is_at_work_is_listed_and_strange_files_do_no_harm() {
    let scratch = Scratch::new();
    scratch.open().await.close().await;
    let folder = scratch.path().join("holders");
    fs::create_dir(folder.join("hold_folder")).unwrap();
    fs::write(folder.join("README"), "not a holder").unwrap();
    fs::write(folder.join("hold_left"), "12\nkilled long ago\n").unwrap();
    let odd = fs::File::create(folder.join("hold_odd")).unwrap();
    odd.lock().unwrap();

    let state = scratch.open().await;
    state.journal().acquire(&lease(), &holder("hold_a"), LONG).await.unwrap();
    let present = state.holders().await.unwrap();
    let said: Vec<_> = present.iter().map(|holder| (holder.id().as_str(), holder.pid(), holder.purpose())).collect();
    assert_eq!(said, [("hold_a", Some(std::process::id()), Some("a test")), ("hold_odd", None, None)]);
    let mut left: Vec<_> = fs::read_dir(&folder).unwrap().map(|item| item.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["README", "hold_a", "hold_folder", "hold_odd"], "only dead holders are forgotten");
    state.close().await;
}

#[tokio::test]
async fn waiting_too_long_for_another_writer_names_who_is_at_work_and_may_be_tried_again() {
    // More than could each wait for itself within the time of this test.
    const APPENDS: usize = 64;
    let scratch = Scratch::new();
    let journal = scratch.open().await.journal();
    let two = scratch.open().await;
    two.journal().acquire(&lease(), &holder("hold_b"), LONG).await.unwrap();
    let options = SqliteConnectOptions::new().filename(scratch.path().join("journal.db"));
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let append = |i: usize| {
        let journal = journal.clone();
        async move { journal.append(&stream(&format!("s/{i}")), 0, None, vec![record("x")]).await }
    };
    for refused in soon(join_all((0..APPENDS).map(append))).await {
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, &codes::STATE_IO), "{}", error.chain());
        assert!(error.is_retryable());
        for part in ["hold_b", "a test", &std::process::id().to_string()] {
            assert!(error.hint().unwrap().contains(part), "{:?} names {part}", error.hint());
        }
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    assert_eq!(append(0).await.unwrap(), 1);
}
