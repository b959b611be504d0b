//! Bytes in files that are named for their digest.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{Blobs, Change, ChangeOutcome, Digest, Error, Result, codes};

use crate::access::Access;
use crate::atomic_file::{AtomicFile, private_dir, sync_dir};
use crate::blocking::blocking;
use crate::intent::{Intent, unreadable};

/// Bytes in files that are named for their digest: `blobs/ab/cdef…`.
///
/// A blob is written to `blobs/tmp/`, synchronised and renamed, so what has its name is whole. What
/// a crash leaves in `blobs/tmp/` is removed when the directory is next opened for writing.
#[derive(Debug, Clone)]
pub struct DirBlobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    access: Arc<Access>,
    /// Tells apart the scratch files of puts that run at the same time.
    puts: AtomicU64,
    /// Held while a folder is made: who finds it made finds it durable.
    folders: Mutex<()>,
}

impl DirBlobs {
    pub(crate) fn new(dir: &Path, access: Arc<Access>) -> Self {
        let root = dir.join("blobs");
        Self(Arc::new(Inner { root, access, puts: AtomicU64::new(0), folders: Mutex::new(()) }))
    }

    /// Makes the folders and removes what a crash left behind.
    pub(crate) fn prepare(&self) -> Result<()> {
        let scratch = self.0.scratch();
        self.0.make_empty(&scratch).map_err(|source| Intent::Write.io_error(&scratch, source))
    }
}

impl Inner {
    fn scratch(&self) -> PathBuf {
        self.root.join("tmp")
    }

    fn make_empty(&self, scratch: &Path) -> io::Result<()> {
        if !private_dir(scratch)? {
            for left in fs::read_dir(scratch)? {
                fs::remove_file(left?.path())?;
            }
        }
        sync_dir(&self.root)?;
        self.root.parent().map_or(Ok(()), sync_dir)
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
        if fs::read(&place).is_ok_and(|stored| stored == bytes) {
            return Ok(digest);
        }
        self.write(&digest, &place, bytes).map_err(|source| Intent::Write.io_error(&place, source))?;
        Ok(digest)
    }

    fn write(&self, digest: &Digest, place: &Path, bytes: &[u8]) -> io::Result<()> {
        {
            let _making = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
            if private_dir(place.parent().unwrap_or(&self.root))? {
                sync_dir(&self.root)?;
            }
        }
        let number = self.puts.fetch_add(1, Ordering::Relaxed);
        AtomicFile::through(place, self.scratch().join(format!("{}-{number}", digest.short(16)))).write(bytes)
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
