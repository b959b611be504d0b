//! Files that a test gives.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{Digest, Error, FileBlob, FileResolver, FileTree, Result, codes};

/// Files by their digests.
#[derive(Clone, Default)]
pub(crate) struct Shelf(BTreeMap<Digest, Bytes>);

impl Shelf {
    /// Keeps a file, and tells what a release keeps of it.
    pub(crate) fn put(&mut self, text: &str) -> FileTree {
        let file = FileBlob::of(text.as_bytes());
        self.0.insert(file.digest.clone(), Bytes::copy_from_slice(text.as_bytes()));
        FileTree::File(file)
    }
}

#[async_trait]
impl FileResolver for Shelf {
    async fn read(&self, digest: &Digest) -> Result<Bytes> {
        let missing =
            || Error::not_found(codes::BLOB_NOT_FOUND, format!("the test gives no file {}", digest.short(12)));
        self.0.get(digest).cloned().ok_or_else(missing)
    }
}
