//! The folder that holds everything.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use eve_core::{Digest, Env as _, Error, Result, SystemEnv, codes};
use rustix::fs::{FlockOperation, flock};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The version of the folder's layout that this crate writes.
const SCHEMA: u32 = 1;

/// The state folder: its layout, its identity, and the lock that makes its holder the only one.
#[derive(Debug)]
pub(crate) struct StateDir {
    root: PathBuf,
    id: String,
    /// Held as long as this value lives; none where it was opened for reading.
    _lock: Option<File>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    schema: u32,
    id: String,
}

impl StateDir {
    /// Opens the folder for writing, and makes it where it is missing.
    ///
    /// # Errors
    /// `state.held`, `state.version`, `state.unreadable`, `state.read_only`, `state.io`.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let root = make_dir(root).and_then(|()| root.canonicalize()).map_err(|e| io_error("open", root, e))?;
        let lock = lock(&root)?;
        let path = root.join("state.json");
        let header = if let Some(header) = read_json::<Header>(&path)? {
            header
        } else {
            let env = SystemEnv::new();
            let header = Header { schema: SCHEMA, id: format!("{:016x}{:016x}", env.random(), env.random()) };
            replace(&path, &header, File::sync_all)?;
            header
        };
        let this = Self::checked(root, header, Some(lock))?;
        for name in ["snapshots", "instances", "attempts"] {
            let path = this.root.join(name);
            make_dir(&path).map_err(|e| io_error("make", &path, e))?;
        }
        Ok(this)
    }

    /// Opens the folder for reading beside its holder; none where there is no state.
    ///
    /// # Errors
    /// `state.version`, `state.unreadable`, `state.io`.
    pub(crate) fn open_read_only(root: &Path) -> Result<Option<Self>> {
        let Ok(root) = root.canonicalize() else { return Ok(None) };
        match read_json::<Header>(&root.join("state.json"))? {
            Some(header) => Self::checked(root, header, None).map(Some),
            None => Ok(None),
        }
    }

    fn checked(root: PathBuf, header: Header, lock: Option<File>) -> Result<Self> {
        if header.schema > SCHEMA {
            let text = format!("{} was written by a newer version (schema {})", root.display(), header.schema);
            return Err(Error::corrupt(codes::STATE_VERSION, text).with_hint("use that version, or another folder"));
        }
        Ok(Self { root, id: header.id, _lock: lock })
    }

    /// What no other state folder has: part of the marker by which children are known.
    pub(crate) fn id(&self) -> &str {
        &self.id
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

    /// A path relative to the folder.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        path.strip_prefix(&self.root).ok()
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

fn lock(root: &Path) -> Result<File> {
    let path = root.join("lock");
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
    let mut file = open.map_err(|e| io_error("open", &path, e))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let holder = fs::read_to_string(&path).unwrap_or_default();
            // Between taking the lock and writing into it, it names nobody.
            let who = holder.trim().parse().map_or("another process".to_owned(), |pid: u32| format!("process {pid}"));
            let text = format!("{} is held by {who}", root.display());
            return Err(Error::conflict(codes::STATE_HELD, text).with_hint("end that process, or use another folder"));
        }
        Err(e) => return Err(io_error("lock", &path, e.into())),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(|e| io_error("write", &path, e))?;
    Ok(file)
}
