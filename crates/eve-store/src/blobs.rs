//! Bytes in files that are named for their digest.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{Blobs, Change, ChangeOutcome, Digest, Env, Error, Result, codes};

use crate::access::Access;
use crate::atomic_file::{AtomicFile, private_dir, sync_dir};
use crate::blocking::blocking;
use crate::intent::{Intent, unreadable};
use crate::locked_file::remove_left;

/// Bytes in files that are named for their digest: `blobs/ab/cdef…`.
///
/// A blob is written to `blobs/tmp/`, synchronised and renamed, so what has its name is whole, and
/// several processes may put the same bytes at once. What a crash leaves in `blobs/tmp/` is removed
/// when the directory is next opened for writing; what is being written is locked, and stays.
#[derive(Debug, Clone)]
pub struct DirBlobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    access: Arc<Access>,
    env: Arc<dyn Env>,
    /// The folders whose names this process has made durable, the root's with the first of them. One
    /// that is there may have been made by another process a moment ago.
    durable: Mutex<HashSet<PathBuf>>,
}

impl DirBlobs {
    pub(crate) fn new(dir: &Path, access: Arc<Access>, env: Arc<dyn Env>) -> Self {
        Self(Arc::new(Inner { root: dir.join("blobs"), access, env, durable: Mutex::default() }))
    }

    /// Makes the folders and removes what a crash left behind.
    pub(crate) fn prepare(&self) -> Result<()> {
        let scratch = self.0.scratch();
        Inner::tidy(&scratch).map_err(|source| Intent::Write.io_error(&scratch, source))
    }
}

impl Inner {
    fn scratch(&self) -> PathBuf {
        self.root.join("tmp")
    }

    fn tidy(scratch: &Path) -> io::Result<()> {
        if !private_dir(scratch)? {
            for left in fs::read_dir(scratch)? {
                remove_left(&left?.path())?;
            }
        }
        Ok(())
    }

    fn place(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.root.join(&hex[..2]).join(&hex[2..])
    }

    fn put(&self, bytes: &[u8]) -> Result<Digest> {
        self.access.check_write()?;
        let digest = Digest::of(bytes);
        let place = self.place(&digest);
        // Compared, not only looked for: putting bytes again mends a damaged copy.
        let is_there = fs::read(&place).is_ok_and(|stored| stored == bytes);
        self.write(&digest, &place, (!is_there).then_some(bytes))
            .map_err(|source| Intent::Write.io_error(&place, source))?;
        Ok(digest)
    }

    /// Makes a blob durable: writes it, unless another writer has just put it at its place.
    fn write(&self, digest: &Digest, place: &Path, bytes: Option<&[u8]>) -> io::Result<()> {
        let folder = place.parent().unwrap_or(&self.root);
        {
            let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
            if !durable.contains(folder) {
                private_dir(folder)?;
                sync_dir(&self.root)?;
                if durable.is_empty() {
                    self.root.parent().map_or(Ok(()), sync_dir)?;
                }
                durable.insert(folder.to_owned());
            }
        }
        let Some(bytes) = bytes else { return sync_dir(folder) };
        let scratch = format!("{}-{:016x}", digest.short(16), self.env.random());
        AtomicFile::through(place, self.scratch().join(scratch)).write(bytes)
    }

    fn get(&self, digest: &Digest) -> Result<Bytes> {
        let place = self.place(digest);
        let bytes = match fs::read(&place) {
            Ok(bytes) => bytes,
            Err(source) if source.kind() == ErrorKind::NotFound => {
                return Err(Error::not_found(codes::BLOB_NOT_FOUND, format!("no bytes are stored under {digest}")));
            }
            Err(source) => return Err(Intent::Read.io_error(&place, source)),
        };
        if Digest::of(&bytes) == *digest {
            return Ok(bytes.into());
        }
        Err(unreadable(&place).with_hint("delete the blob, or put its bytes again"))
    }

    fn has(&self, digest: &Digest) -> Result<bool> {
        let place = self.place(digest);
        place.try_exists().map_err(|source| Intent::Read.io_error(&place, source))
    }

    fn delete(&self, digest: &Digest) -> Result<Change> {
        self.access.check_write()?;
        let place = self.place(digest);
        match fs::remove_file(&place) {
            Ok(()) => Ok(Change::new(ChangeOutcome::Deleted, 0)),
            Err(source) if source.kind() == ErrorKind::NotFound => Ok(Change::new(ChangeOutcome::Skipped, 0)),
            Err(source) => Err(Intent::Write.io_error(&place, source)),
        }
    }
}

#[async_trait]
impl Blobs for DirBlobs {
    async fn put(&self, bytes: Bytes) -> Result<Digest> {
        let inner = self.0.clone();
        blocking(move || inner.put(&bytes)).await
    }

    async fn get(&self, digest: &Digest) -> Result<Bytes> {
        let (inner, digest) = (self.0.clone(), digest.clone());
        blocking(move || inner.get(&digest)).await
    }

    async fn has(&self, digest: &Digest) -> Result<bool> {
        let (inner, digest) = (self.0.clone(), digest.clone());
        blocking(move || inner.has(&digest)).await
    }

    async fn delete(&self, digest: &Digest) -> Result<Change> {
        let (inner, digest) = (self.0.clone(), digest.clone());
        blocking(move || inner.delete(&digest)).await
    }
}

impl fmt::Display for DirBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blobs in {}", self.0.root.display())
    }
}
