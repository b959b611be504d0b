//! The form of the stored state: the one before is read and brought up to date, a newer one refused.

use std::fs;
use std::time::Duration;

use eve_core::{ErrorKind, Journal as _, codes};

use crate::journal::tamper;
use crate::scratch::{Scratch, holder, lease, record, stream};

/// What form 1 has in its database: two entries, and a lease until the year 2100.
const FORM_1: &str = include_str!("form_1.sql");

/// A directory of form 1, as an engine left it that was killed.
async fn form_1() -> Scratch {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path()).unwrap();
    fs::write(scratch.path().join("journal.db"), "").unwrap();
    tamper(scratch.path(), FORM_1).await;
    fs::write(scratch.path().join("lock"), "12\nan older engine\n").unwrap();
    fs::write(scratch.path().join("VERSION"), "1\n").unwrap();
    scratch
}

fn version(scratch: &Scratch) -> String {
    fs::read_to_string(scratch.path().join("VERSION")).unwrap()
}

#[tokio::test]
async fn the_form_before_is_read_as_it_is() {
    let scratch = form_1().await;
    let state = scratch.try_read().await.unwrap();
    assert_eq!(state.journal().read(&stream("s"), 0, 9).await.unwrap().len(), 2);
    assert!(state.holders().await.unwrap().is_empty());
    state.close().await;
    assert_eq!(version(&scratch), "1\n", "reading changes nothing");
}

#[tokio::test]
async fn writing_brings_the_form_before_up_to_date() {
    let scratch = form_1().await;
    let state = scratch.open().await;
    assert_eq!(version(&scratch), "2\n");
    let (journal, s) = (state.journal(), stream("s"));
    assert_eq!(journal.read(&s, 0, 9).await.unwrap().len(), 2);
    let held = journal.acquire(&lease(), &holder("hold_new"), Duration::from_mins(1)).await.unwrap();
    assert_eq!(held.fence.number(), 8, "the older engine is dead, and had fence 7");
    assert_eq!(journal.append(&s, 2, Some(&held.fenced()), vec![record("third")]).await.unwrap(), 3);
    state.close().await;
    assert_eq!(scratch.open().await.journal().read(&s, 0, 9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_update_that_was_cut_off_is_finished() {
    let scratch = form_1().await;
    tamper(scratch.path(), "PRAGMA user_version = 2").await;
    scratch.open().await.close().await;
    assert_eq!(version(&scratch), "2\n");
}

#[tokio::test]
async fn a_writer_of_the_form_before_is_left_alone() {
    let scratch = form_1().await;
    let lock = fs::File::options().write(true).open(scratch.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let error = scratch.try_open().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, &codes::STATE_HELD));
    assert!(error.to_string().contains("process 12 (an older engine)"), "{error}");
    assert!(error.hint().unwrap().contains("12"));
    assert_eq!(version(&scratch), "1\n");
    scratch.try_read().await.unwrap().close().await;
    drop(lock);
    scratch.open().await;
}

#[tokio::test]
async fn a_newer_form_is_refused() {
    let scratch = Scratch::new();
    scratch.open().await.close().await;
    fs::write(scratch.path().join("VERSION"), "3\n").unwrap();
    for error in scratch.errors().await {
        assert_eq!((error.kind(), error.code()), (ErrorKind::Corrupt, &codes::STATE_VERSION));
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_even_without_a_version_file() {
    let scratch = Scratch::new();
    scratch.open().await.close().await;
    tamper(scratch.path(), "PRAGMA user_version = 3").await;
    fs::remove_file(scratch.path().join("VERSION")).unwrap();
    assert_eq!(scratch.try_open().await.unwrap_err().code(), &codes::STATE_VERSION);
}
