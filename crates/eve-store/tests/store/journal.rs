//! What the journal keeps, and what it notices.

use std::fs;
use std::path::Path;
use std::time::Duration;

use eve_core::{Code, Journal as _, codes};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::scratch::{Scratch, record, soon, stream};

/// Changes the database behind the journal's back.
pub(crate) async fn tamper(dir: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(dir.join("journal.db"));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn entries_survive_reopening() {
    let scratch = Scratch::new();
    let s = stream("s");
    let state = scratch.open().await;
    state.journal().append(&s, 0, None, vec![record("a"), record("b")]).await.unwrap();
    let before = state.journal().read(&s, 0, 9).await.unwrap();
    state.close().await;

    let journal = scratch.open().await.journal();
    assert_eq!(journal.read(&s, 0, 9).await.unwrap(), before);
    assert_eq!(journal.streams("").await.unwrap(), [(s.clone(), 2)]);
    assert_eq!(journal.append(&s, 2, None, vec![record("c")]).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_that_wait_together_share_a_commit() {
    const WRITERS: usize = 64;
    let scratch = Scratch::new();
    let journal = scratch.open().await.journal();
    let done = join_all((0..WRITERS).map(|i| {
        let journal = journal.clone();
        tokio::spawn(async move { journal.append(&stream(&format!("s/{i}")), 0, None, vec![record("x")]).await })
    }))
    .await;
    assert!(done.into_iter().all(|last| last.unwrap().unwrap() == 1));
    let stats = journal.stats();
    assert_eq!((stats.appends, stats.entries), (WRITERS as u64, WRITERS as u64));
    assert!(stats.commits < WRITERS as u64, "{} commits", stats.commits);
    assert_eq!(journal.streams("s/").await.unwrap().len(), WRITERS);
}

#[tokio::test]
async fn a_refused_append_does_not_disturb_those_beside_it() {
    let scratch = Scratch::new();
    let journal = scratch.open().await.journal();
    let (s, t) = (stream("s"), stream("t"));
    let (first, second, other) = tokio::join!(
        journal.append(&s, 0, None, vec![record("a"), record("b")]),
        journal.append(&s, 0, None, vec![record("c")]),
        journal.append(&t, 0, None, vec![record("d")]),
    );
    assert_eq!(first.unwrap(), 2);
    assert_eq!(second.unwrap_err().code(), &codes::JOURNAL_CONFLICT);
    assert_eq!(other.unwrap(), 1);
    assert_eq!(journal.stats().commits, 1);
    assert_eq!(journal.read(&s, 0, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_append_that_nobody_waits_for_is_done_all_the_same() {
    let scratch = Scratch::new();
    let state = scratch.open().await;
    let (journal, s) = (state.journal(), stream("s"));
    {
        let mut append = std::pin::pin!(journal.append(&s, 0, None, vec![record("a")]));
        assert!(futures_util::poll!(append.as_mut()).is_pending());
    }
    state.close().await;
    assert_eq!(scratch.open().await.journal().read(&s, 0, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_subscription_pages_through_the_past_and_ends_with_the_journal() {
    let scratch = Scratch::new();
    let state = scratch.open().await;
    let (journal, s) = (state.journal(), stream("s"));
    let many = (0..300).map(|i| record(&i.to_string())).collect();
    journal.append(&s, 0, None, many).await.unwrap();
    let mut entries = journal.subscribe(&s, 10);
    for sequence in 11..=300 {
        assert_eq!(soon(entries.next()).await.unwrap().unwrap().sequence, sequence);
    }
    let waiting = tokio::spawn(async move { (entries.next().await, entries.next().await) });
    tokio::time::sleep(Duration::from_millis(200)).await;
    journal.append(&s, 300, None, vec![record("now")]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    state.close().await;
    let (next, end) = soon(waiting).await.unwrap();
    assert_eq!(next.unwrap().unwrap().sequence, 301);
    assert!(end.is_none());
    assert!(soon(journal.subscribe(&s, 0).next()).await.is_none());
}

#[tokio::test]
async fn odd_texts_and_large_numbers_survive() {
    let scratch = Scratch::new();
    let journal = scratch.open().await.journal();
    let s = stream("s \0 % _ 'é\u{10ffff}");
    let mut odd = record("\0 \" \\ \u{10ffff}");
    odd.kind = "k\0k".into();
    odd.at = eve_core::Timestamp::from_millis(u64::MAX);
    odd.schema = u32::MAX;
    journal.append(&s, 0, None, vec![odd.clone()]).await.unwrap();
    assert_eq!(journal.read(&s, 0, usize::MAX).await.unwrap()[0].record, odd);
    assert_eq!(journal.streams("s \0 %").await.unwrap(), [(s.clone(), 1)]);
    assert!(journal.read(&s, u64::MAX, usize::MAX).await.unwrap().is_empty());
}

/// Writes five entries, changes them, and reads after `after`.
async fn read_tampered(sql: &'static str, after: u64, limit: usize) -> Result<usize, Code> {
    let scratch = Scratch::new();
    let state = scratch.open().await;
    let five = ["1", "2", "3", "4", "5"].map(record).into();
    state.journal().append(&stream("s"), 0, None, five).await.unwrap();
    state.close().await;
    tamper(scratch.path(), sql).await;
    let read = scratch.open().await.journal().read(&stream("s"), after, limit).await;
    read.map(|entries| entries.len()).map_err(|error| error.code().clone())
}

#[tokio::test]
async fn every_change_of_what_was_written_is_noticed() {
    for sql in [
        "UPDATE entries SET body = '\"x\"' WHERE sequence = 3",
        "UPDATE entries SET kind = 'other' WHERE sequence = 3",
        "UPDATE entries SET schema = 2 WHERE sequence = 3",
        "UPDATE entries SET schema = -1 WHERE sequence = 3",
        "UPDATE entries SET at = at + 1 WHERE sequence = 3",
        "UPDATE entries SET digest = 'x' WHERE sequence = 3",
        "UPDATE entries SET sequence = 6 WHERE sequence = 3",
        "DELETE FROM entries WHERE sequence = 3",
        "DELETE FROM entries WHERE sequence = 5",
        "DELETE FROM entries",
        "UPDATE streams SET sequence = 6",
        "UPDATE streams SET digest = 'x'",
    ] {
        assert_eq!(read_tampered(sql, 0, 9).await, Err(codes::STATE_UNREADABLE), "{sql}");
        assert_eq!(read_tampered(sql, 2, 9).await, Err(codes::STATE_UNREADABLE), "after 2: {sql}");
    }
    assert_eq!(read_tampered("DELETE FROM entries WHERE sequence = 3", 3, 9).await, Err(codes::STATE_UNREADABLE));
    assert_eq!(
        read_tampered("DELETE FROM entries WHERE sequence = 3", 0, 2).await,
        Ok(2),
        "what was asked for is whole"
    );
    assert_eq!(read_tampered("SELECT 1", 2, 9).await, Ok(3));
}

/// A copy of the directory as a crash at this moment would leave it.
fn crashed(scratch: &Scratch) -> Scratch {
    let copy = Scratch::new();
    fs::create_dir_all(copy.path()).unwrap();
    for file in ["VERSION", "journal.db", "journal.db-wal"] {
        fs::copy(scratch.path().join(file), copy.path().join(file)).unwrap();
    }
    copy
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_crash() {
    let scratch = Scratch::new();
    let journal = scratch.open().await.journal();
    let s = stream("s");
    for sequence in 1..=3 {
        journal.append(&s, sequence - 1, None, vec![record("x")]).await.unwrap();
        let copy = crashed(&scratch);
        assert_eq!(copy.try_read().await.unwrap().journal().streams("").await.unwrap(), [(s.clone(), sequence)]);
        let again = copy.open().await.journal();
        assert_eq!(again.read(&s, 0, 9).await.unwrap(), journal.read(&s, 0, 9).await.unwrap());
        assert_eq!(again.append(&s, sequence, None, vec![record("y")]).await.unwrap(), sequence + 1);
    }
}

#[tokio::test]
async fn an_append_that_was_torn_is_not_there_and_those_before_it_are() {
    let scratch = Scratch::new();
    let journal = scratch.open().await.journal();
    let s = stream("s");
    for sequence in 0..3 {
        journal.append(&s, sequence, None, vec![record("x")]).await.unwrap();
    }
    let copy = crashed(&scratch);
    let log = copy.path().join("journal.db-wal");
    let bytes = fs::read(&log).unwrap();
    fs::write(&log, &bytes[..bytes.len() - 100]).unwrap();
    let again = copy.open().await.journal();
    assert_eq!(again.read(&s, 0, 9).await.unwrap().len(), 2);
    assert_eq!(again.append(&s, 2, None, vec![record("again")]).await.unwrap(), 3);
}

#[tokio::test]
async fn a_damaged_file_is_never_an_empty_journal() {
    let damages: [fn(&mut Vec<u8>); 3] = [Vec::clear, |bytes| bytes.fill(b'x'), |bytes| bytes.truncate(4096)];
    for (index, damage) in damages.into_iter().enumerate() {
        let scratch = Scratch::new();
        let state = scratch.open().await;
        state.journal().append(&stream("s"), 0, None, vec![record("a")]).await.unwrap();
        state.close().await;
        let file = scratch.path().join("journal.db");
        let mut bytes = fs::read(&file).unwrap();
        damage(&mut bytes);
        fs::write(&file, bytes).unwrap();
        let write = match scratch.try_open().await {
            Ok(state) => state.journal().read(&stream("s"), 0, 9).await.map(drop),
            Err(error) => Err(error),
        };
        let read = match scratch.try_read().await {
            Ok(state) => state.journal().read(&stream("s"), 0, 9).await.map(drop),
            Err(error) => Err(error),
        };
        for error in [write.unwrap_err(), read.unwrap_err()] {
            assert_eq!(error.code(), &codes::STATE_UNREADABLE, "{index}: {}", error.chain());
            assert!(error.hint().is_some());
        }
    }
    let scratch = Scratch::new();
    scratch.open().await.close().await;
    fs::remove_file(scratch.path().join("journal.db")).unwrap();
    for error in scratch.errors().await {
        assert_eq!(error.code(), &codes::STATE_UNREADABLE);
    }
}
