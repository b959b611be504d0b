//! Secrets and files that a test gives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{
    Digest, Error, FileBlob, FileResolver, FileTree, Result, Secret, SecretName, SecretResolver, SecretVersion, codes,
};

/// Secrets by name, whatever their version, and files by their digests. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Store(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    secrets: BTreeMap<SecretName, Secret>,
    files: BTreeMap<Digest, Bytes>,
}

impl Store {
    pub(crate) fn put_secret(&self, name: &SecretName, text: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.secrets.insert(name.clone(), Secret::new(text));
    }

    pub(crate) fn put_file(&self, text: &str) -> FileBlob {
        let file = FileBlob::of(text.as_bytes());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.files.insert(file.digest.clone(), Bytes::copy_from_slice(text.as_bytes()));
        file
    }

    pub(crate) fn put_tree(&self, text: &str) -> FileTree {
        FileTree::File(self.put_file(text))
    }
}

#[async_trait]
impl SecretResolver for Store {
    async fn resolve(&self, name: &SecretName, _: &SecretVersion) -> Result<Secret> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = || Error::not_found(codes::SECRET_MISSING, format!("the test gives no secret {name}"));
        kept.secrets.get(name).cloned().ok_or_else(missing)
    }
}

#[async_trait]
impl FileResolver for Store {
    async fn read(&self, digest: &Digest) -> Result<Bytes> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = || Error::not_found(codes::BLOB_NOT_FOUND, format!("the test gives no file {digest}"));
        kept.files.get(digest).cloned().ok_or_else(missing)
    }
}
