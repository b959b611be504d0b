//! Blobs as files.

use std::fs;

use eve_core::{Blobs as _, ChangeOutcome, Digest, codes};
use futures_util::future::join_all;

use crate::scratch::Scratch;

#[tokio::test]
async fn a_blob_is_a_file_named_for_its_digest() {
    let scratch = Scratch::new();
    let state = scratch.open().await;
    let digest = state.blobs().put("bytes".into()).await.unwrap();
    let hex = digest.hex();
    let file = scratch.path().join("blobs").join(&hex[..2]).join(&hex[2..]);
    assert_eq!(fs::read(file).unwrap(), b"bytes");
    state.close().await;
    assert_eq!(scratch.open().await.blobs().get(&digest).await.unwrap(), "bytes");
}

#[tokio::test]
async fn a_damaged_blob_is_noticed_and_mended_by_putting_it_again() {
    let scratch = Scratch::new();
    let blobs = scratch.open().await.blobs();
    let digest = blobs.put("bytes".into()).await.unwrap();
    let hex = digest.hex();
    for damage in ["bytez", "byt", ""] {
        fs::write(scratch.path().join("blobs").join(&hex[..2]).join(&hex[2..]), damage).unwrap();
        assert_eq!(blobs.get(&digest).await.unwrap_err().code(), &codes::STATE_UNREADABLE);
        assert_eq!(blobs.put("bytes".into()).await.unwrap(), digest);
        assert_eq!(blobs.get(&digest).await.unwrap(), "bytes");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_may_be_put_by_many_at_once() {
    let scratch = Scratch::new();
    let blobs = scratch.open().await.blobs();
    let puts = join_all((0..32).map(|i| {
        let blobs = blobs.clone();
        tokio::spawn(async move { blobs.put(format!("bytes {}", i % 4).into()).await.unwrap() })
    }))
    .await;
    for (i, digest) in puts.into_iter().enumerate() {
        assert_eq!(digest.unwrap(), Digest::of(format!("bytes {}", i % 4)));
    }
    assert_eq!(fs::read_dir(scratch.path().join("blobs/tmp")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_may_be_put_by_several_writers_at_once() {
    let scratch = Scratch::new();
    let states = [scratch.open().await, scratch.open().await, scratch.open().await];
    for round in 0..20 {
        let text = format!("bytes {round}");
        let puts = states.each_ref().map(|state| {
            let (blobs, bytes) = (state.blobs(), text.clone().into());
            tokio::spawn(async move { blobs.put(bytes).await })
        });
        for put in puts {
            assert_eq!(put.await.unwrap().unwrap(), Digest::of(&text));
        }
        assert_eq!(states[0].blobs().get(&Digest::of(&text)).await.unwrap(), text);
    }
    assert_eq!(fs::read_dir(scratch.path().join("blobs/tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn what_another_writer_is_putting_stays() {
    let scratch = Scratch::new();
    scratch.open().await.close().await;
    let path = scratch.path().join("blobs/tmp/0123-0");
    let putting = fs::File::create(&path).unwrap();
    putting.lock().unwrap();
    scratch.open().await.close().await;
    assert!(path.exists());
    putting.unlock().unwrap();
    scratch.open().await.close().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn what_a_crash_left_behind_is_removed_by_the_next_writer() {
    let scratch = Scratch::new();
    scratch.open().await.close().await;
    let left = scratch.path().join("blobs/tmp/0123-0");
    fs::write(&left, "half").unwrap();
    scratch.try_read().await.unwrap().close().await;
    assert!(left.exists(), "a reader removes nothing");
    let state = scratch.open().await;
    assert!(!left.exists());
    assert_eq!(state.blobs().delete(&Digest::of("half")).await.unwrap().outcome, ChangeOutcome::Skipped);
}
