//! Reading, with and without the right to write.

use std::time::Duration;

use eve_core::{Blobs as _, Digest, Journal as _, Result, Secret, SecretName, SecretScope, SecretStore as _, codes};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::runtime::{Builder, Runtime};

use crate::scratch::{Scratch, holder, lease, record, soon, stream};

#[tokio::test]
async fn there_is_nothing_to_read_where_nothing_was_written() {
    let scratch = Scratch::new();
    let error = scratch.try_read().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (eve_core::ErrorKind::NotFound, &codes::STATE_IO));
    assert!(!scratch.path().exists(), "reading makes nothing");
}

#[tokio::test]
async fn a_reader_follows_a_writer() {
    let scratch = Scratch::new();
    let writer = scratch.open().await;
    let (journal, s) = (writer.journal(), stream("s"));
    journal.append(&s, 0, None, vec![record("a"), record("b")]).await.unwrap();
    let reader = scratch.try_read().await.unwrap();
    assert!(reader.is_read_only());
    let mut entries = reader.journal().subscribe(&s, 1);
    assert_eq!(soon(entries.next()).await.unwrap().unwrap().sequence, 2);
    let late = tokio::spawn(async move {
        for expected in 2..5 {
            tokio::time::sleep(Duration::from_millis(30)).await;
            journal.append(&stream("s"), expected, None, vec![record("late")]).await.unwrap();
        }
    });
    for sequence in 3..=5 {
        assert_eq!(soon(entries.next()).await.unwrap().unwrap().sequence, sequence);
    }
    late.await.unwrap();
    reader.close().await;
    assert!(soon(entries.next()).await.is_none(), "it ends with its journal");
    writer.close().await;
}

#[tokio::test]
async fn a_reader_outlives_its_writer() {
    let scratch = Scratch::new();
    let writer = scratch.open().await;
    let reader = scratch.try_read().await.unwrap();
    writer.journal().append(&stream("s"), 0, None, vec![record("last")]).await.unwrap();
    writer.close().await;
    assert_eq!(reader.journal().read(&stream("s"), 0, 9).await.unwrap().len(), 1);
    scratch.open().await.journal().append(&stream("s"), 1, None, vec![record("more")]).await.unwrap();
    assert_eq!(reader.journal().read(&stream("s"), 0, 9).await.unwrap().len(), 2);
}

fn executors() -> (Runtime, Runtime) {
    let owner = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    (owner, Builder::new_current_thread().enable_time().build().unwrap())
}

#[test]
fn a_read_on_an_executor_that_stands_still_keeps_nobody_from_writing() {
    let (scratch, (owner, other)) = (Scratch::new(), executors());
    let state = owner.block_on(scratch.open());
    let (journal, s) = (state.journal(), stream("s"));
    other.block_on(async { journal.read(&s, 0, 9).now_or_never() });
    owner.block_on(soon(journal.append(&s, 0, None, vec![record("a")]))).unwrap();
}

#[test]
fn what_is_written_is_read_when_the_executor_of_the_writer_is_gone() {
    let (scratch, (owner, other)) = (Scratch::new(), executors());
    let state = owner.block_on(scratch.open());
    let (journal, s) = (state.journal(), stream("s"));
    owner.block_on(journal.append(&s, 0, None, vec![record("a")])).unwrap();
    drop(owner);
    assert_eq!(other.block_on(soon(journal.read(&s, 0, 9))).unwrap().len(), 1);
}

#[tokio::test]
async fn every_write_is_refused() {
    let scratch = Scratch::new();
    let writer = scratch.open().await;
    let ttl = Duration::from_mins(10);
    let held = writer.journal().acquire(&lease(), &holder("hold_a"), ttl).await.unwrap();
    let kept = writer.blobs().put("bytes".into()).await.unwrap();

    let reader = scratch.try_read().await.unwrap();
    let (journal, blobs, secrets) = (reader.journal(), reader.blobs(), reader.secrets());
    let name = SecretName::new("TOKEN").unwrap();
    let refused: [Result<()>; 8] = [
        journal.append(&stream("s"), 0, None, vec![record("a")]).await.map(drop),
        journal.acquire(&lease(), &holder("hold_b"), ttl).await.map(drop),
        journal.renew(&held).await.map(drop),
        journal.release(&held).await,
        blobs.put("bytes".into()).await.map(drop),
        blobs.delete(&Digest::of("none")).await.map(drop),
        secrets.put(&SecretScope::System, &name, Secret::new("x")).await.map(drop),
        secrets.delete(&SecretScope::System, &name).await.map(drop),
    ];
    for (index, result) in refused.into_iter().enumerate() {
        let error = result.unwrap_err();
        assert_eq!(error.code(), &codes::STATE_READ_ONLY, "{index}");
        assert!(error.hint().is_some(), "{index}");
    }
    let present = reader.holders().await.unwrap();
    assert_eq!(present.iter().map(|holder| holder.id().as_str()).collect::<Vec<_>>(), ["hold_a"], "it may look");
    assert_eq!(blobs.get(&kept).await.unwrap(), "bytes");
    assert!(secrets.list(&SecretScope::System).await.unwrap().is_empty());
}
