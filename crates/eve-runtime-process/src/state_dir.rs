//! The folder that holds everything.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use eve_core::{Digest, Error, Result, codes};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The state folder: its layout. Who holds the children in it is decided by [`Hold`](crate::hold::Hold).
#[derive(Debug)]
pub(crate) struct StateDir {
    root: PathBuf,
}

/// What tells state folders and their versions apart.
#[derive(Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) schema: u32,
    pub(crate) id: String,
}

impl StateDir {
    /// The version of the folder's layout that this crate writes.
    pub(crate) const SCHEMA: u32 = 2;

    const HEADER: &str = "state.json";

    /// Opens the folder, and makes it where it is missing. Any number may have it open at once.
    ///
    /// # Errors
    /// `state.version`, `state.unreadable`, `state.read_only`, `state.io`.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let root = make_dir(root).and_then(|()| root.canonicalize()).map_err(|e| io_error("open", root, e))?;
        let this = Self { root };
        this.header()?;
        for name in ["snapshots", "instances", "attempts"] {
            let path = this.root.join(name);
            make_dir(&path).map_err(|e| io_error("make", &path, e))?;
        }
        Ok(this)
    }

    /// Opens the folder for reading. One that does not exist is empty.
    ///
    /// # Errors
    /// `state.version`, `state.unreadable`, `state.io`.
    pub(crate) fn open_read_only(root: &Path) -> Result<Self> {
        let this = Self { root: root.canonicalize().unwrap_or_else(|_| root.to_owned()) };
        this.header()?;
        Ok(this)
    }

    /// Its header; none where nobody held it yet.
    ///
    /// # Errors
    /// `state.version`, `state.unreadable`, `state.io`.
    pub(crate) fn header(&self) -> Result<Option<Header>> {
        let header: Option<Header> = read_json(&self.path(Self::HEADER))?;
        if let Some(newer) = header.as_ref().filter(|header| header.schema > Self::SCHEMA) {
            let text = format!("{} was written by a newer version (schema {})", self.root.display(), newer.schema);
            return Err(Error::corrupt(codes::STATE_VERSION, text).with_hint("use that version, or another folder"));
        }
        Ok(header)
    }

    /// Only for whoever has the lock.
    ///
    /// # Errors
    /// `state.disk_full`, `state.read_only`, `state.io`.
    pub(crate) fn write_header(&self, header: &Header) -> Result<()> {
        replace(&self.path(Self::HEADER), header, File::sync_all)
    }

    /// A path below the folder.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// Where a snapshot's files are.
    pub(crate) fn snapshot(&self, digest: &Digest) -> PathBuf {
        self.root.join("snapshots").join(digest.hex())
    }

    /// The folders directly below a path; none if there is no such path.
    pub(crate) fn folders(&self, relative: impl AsRef<Path>) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.root.join(relative)).into_iter().flatten().flatten();
        let mut folders: Vec<_> =
            entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|e| e.path()).collect();
        folders.sort();
        folders
    }

    /// The folders of children, whether they are held or not.
    pub(crate) fn children(&self) -> Vec<PathBuf> {
        let environments = self.folders("instances");
        let instances = environments.iter().flat_map(|environment| self.folders(environment));
        instances.chain(self.folders("attempts")).collect()
    }
}

/// Makes a folder that only its owner can read: logs and homes of services are nobody else's.
pub(crate) fn make_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Reads a record; none if there is no such file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io_error("read", path, e)),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| Error::corrupt(codes::STATE_UNREADABLE, format!("{} is damaged", path.display())).with_source(e))
}

/// Writes a record so that a reader sees the old or the new one, never a part. What a crash of the
/// machine may take with it is only what ran on that machine.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    replace(path, value, |_| Ok(()))
}

fn replace(path: &Path, value: &impl Serialize, finish: fn(&File) -> io::Result<()>) -> Result<()> {
    let bytes = serde_json::to_vec(value)
        .map_err(|e| Error::internal(codes::INTERNAL_ENCODE, "a record has no stored form").with_source(e))?;
    let temporary = path.with_extension("tmp");
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(&bytes)?;
        finish(&file)?;
        fs::rename(&temporary, path)
    };
    write().map_err(|e| io_error("write", path, e))
}

/// What a failed call on the state folder means.
pub(crate) fn io_error(what: &str, path: &Path, error: io::Error) -> Error {
    let text = format!("cannot {what} {}", path.display());
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::exhausted(codes::STATE_DISK_FULL, text)
            .with_hint("free some space, or put the state on another disk"),
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            Error::denied(codes::STATE_READ_ONLY, text).with_hint("make the folder writable, or name another one")
        }
        _ => Error::unavailable(codes::STATE_IO, text),
    }
    .with_source(error)
}
