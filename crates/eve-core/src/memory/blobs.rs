//! Blobs in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::shared::Shared;
use crate::{Blobs, Change, ChangeOutcome, Digest, Error, Result, codes};

/// [`Blobs`] that live as long as their handles. Clones share them.
#[derive(Clone, Default)]
pub struct MemoryBlobs(Arc<Shared<State>>);

#[derive(Default)]
struct State {
    blobs: BTreeMap<Digest, Bytes>,
    version: u64,
}

impl MemoryBlobs {
    /// No blobs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the bytes under a digest, as a damaged disk would.
    pub fn damage(&self, digest: &Digest, bytes: Bytes) {
        self.0.note(|state| state.blobs.insert(digest.clone(), bytes));
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, bytes: Bytes) -> Result<Digest> {
        let digest = Digest::of(&bytes);
        self.0.note(|state| {
            if !state.blobs.contains_key(&digest) {
                state.blobs.insert(digest.clone(), bytes);
                state.version += 1;
            }
        });
        Ok(digest)
    }

    async fn get(&self, digest: &Digest) -> Result<Bytes> {
        let bytes = self.0.read(|state| state.blobs.get(digest).cloned());
        let bytes = bytes
            .ok_or_else(|| Error::not_found(codes::BLOB_NOT_FOUND, format!("no bytes are stored under {digest}")))?;
        if Digest::of(&bytes) != *digest {
            return Err(Error::corrupt(codes::STATE_UNREADABLE, format!("the bytes under {digest} are others")));
        }
        Ok(bytes)
    }

    async fn has(&self, digest: &Digest) -> Result<bool> {
        Ok(self.0.read(|state| state.blobs.contains_key(digest)))
    }

    async fn delete(&self, digest: &Digest) -> Result<Change> {
        Ok(self.0.note(|state| {
            if state.blobs.remove(digest).is_none() {
                return Change::new(ChangeOutcome::Skipped, state.version);
            }
            state.version += 1;
            Change::new(ChangeOutcome::Deleted, state.version)
        }))
    }
}

impl fmt::Display for MemoryBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

impl fmt::Debug for MemoryBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blobs = self.0.read(|state| state.blobs.len());
        f.debug_struct("MemoryBlobs").field("blobs", &blobs).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn damaged_bytes_are_not_handed_out() {
        let blobs = MemoryBlobs::new();
        let digest = blobs.put(Bytes::from_static(b"eve")).await.unwrap();
        assert_eq!(blobs.get(&digest).await.unwrap(), Bytes::from_static(b"eve"));
        blobs.damage(&digest, Bytes::from_static(b"adam"));
        assert_eq!(blobs.get(&digest).await.unwrap_err().code(), &codes::STATE_UNREADABLE);
        assert_eq!(blobs.delete(&digest).await.unwrap().outcome, ChangeOutcome::Deleted);
        assert_eq!(blobs.delete(&digest).await.unwrap().outcome, ChangeOutcome::Skipped);
        assert_eq!(blobs.get(&digest).await.unwrap_err().code(), &codes::BLOB_NOT_FOUND);
    }
}
