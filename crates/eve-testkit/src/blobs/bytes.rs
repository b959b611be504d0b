//! What a store of bytes promises.

use bytes::Bytes;
use eve_core::{ChangeOutcome, Digest, codes};
use futures_util::future::try_join_all;

use super::Shelf;
use crate::Outcome;
use crate::failure::{ensure, ensure_eq, refused};

pub(super) async fn bytes_come_back_under_their_digest(on: &Shelf) -> Outcome {
    let bytes = Bytes::from_static(b"\x00not text\xff\r\n");
    let digest = on.blobs.put(bytes.clone()).await?;
    ensure_eq!(digest, Digest::of(&bytes), "not the digest of the bytes");
    ensure_eq!(on.blobs.get(&digest).await?, bytes, "other bytes came back");
    ensure!(on.blobs.has(&digest).await?, "bytes that are there are denied");
    Ok(())
}

pub(super) async fn equal_bytes_are_stored_once(on: &Shelf) -> Outcome {
    let first = on.blobs.put(Bytes::from_static(b"same")).await?;
    let second = on.blobs.put(Bytes::from_static(b"same")).await?;
    ensure_eq!(first, second, "equal bytes have two digests");
    // Stored once: deleted once, they are gone.
    on.blobs.delete(&first).await?;
    ensure!(!on.blobs.has(&first).await?, "a second copy is left");
    Ok(())
}

pub(super) async fn bytes_that_are_not_there_are_not_found(on: &Shelf) -> Outcome {
    let digest = Digest::of("never stored");
    ensure!(!on.blobs.has(&digest).await?, "bytes that were never stored are there");
    refused("reading them", on.blobs.get(&digest).await, &[&codes::BLOB_NOT_FOUND]).map(drop)
}

pub(super) async fn deleted_bytes_are_gone_and_deleting_again_is_skipped(on: &Shelf) -> Outcome {
    let digest = on.blobs.put(Bytes::from_static(b"short-lived")).await?;
    let other = on.blobs.put(Bytes::from_static(b"long-lived")).await?;
    ensure_eq!(on.blobs.delete(&digest).await?.outcome, ChangeOutcome::Deleted, "the first deletion");
    ensure_eq!(on.blobs.delete(&digest).await?.outcome, ChangeOutcome::Skipped, "the second deletion");
    refused("reading deleted bytes", on.blobs.get(&digest).await, &[&codes::BLOB_NOT_FOUND])?;
    ensure!(on.blobs.has(&other).await?, "other bytes are gone as well");
    Ok(())
}

pub(super) async fn nothing_at_all_and_a_megabyte_are_kept(on: &Shelf) -> Outcome {
    for bytes in [Bytes::new(), Bytes::from(vec![0xa5; 1 << 20])] {
        let digest = on.blobs.put(bytes.clone()).await?;
        ensure!(on.blobs.get(&digest).await? == bytes, "{} bytes came back otherwise", bytes.len());
    }
    Ok(())
}

pub(super) async fn many_writers_of_one_digest_agree(on: &Shelf) -> Outcome {
    let bytes = Bytes::from(vec![7; 100_000]);
    let digests = try_join_all((0..16).map(|_| on.blobs.put(bytes.clone()))).await?;
    ensure!(digests.iter().all(|digest| *digest == Digest::of(&bytes)), "writers got {digests:?}");
    ensure!(on.blobs.get(&digests[0]).await? == bytes, "other bytes came back");
    Ok(())
}
