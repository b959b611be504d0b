//! One directory with everything an engine remembers.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eve_core::{Env, Error, Result, codes};

use crate::access::Access;
use crate::atomic_file::private_dir;
use crate::blocking::blocking;
use crate::intent::Intent;
use crate::lock::StateLock;
use crate::{DirBlobs, EnvFileSecrets, SqliteJournal, version};

/// One directory with everything an engine remembers: journal, blobs and secrets.
///
/// | in it | is |
/// |---|---|
/// | `VERSION` | the number of its form; a newer one is refused |
/// | `lock` | locked by the writer; its text names the writer's process |
/// | `journal.db` | SQLite, in WAL mode |
/// | `blobs/` | files named for their digest |
/// | `secrets/` | one env file per scope, and the key of their versions |
#[derive(Debug, Clone)]
pub struct StateDir {
    path: PathBuf,
    access: Arc<Access>,
    journal: Arc<SqliteJournal>,
    blobs: Arc<DirBlobs>,
    secrets: Arc<EnvFileSecrets>,
}

impl StateDir {
    /// Opens a directory for writing; makes it, for its owner only, where it does not exist.
    /// `purpose` tells other processes in one line who holds it.
    ///
    /// # Errors
    /// `state.held` while anybody else has it open for writing, in this process too;
    /// `state.version`, `state.unreadable`, `state.read_only`, `state.disk_full`, `state.io`.
    pub async fn open(path: impl AsRef<Path>, purpose: &str, env: Arc<dyn Env>) -> Result<Self> {
        let path = absolute(path.as_ref())?;
        let (dir, purpose) = (path.clone(), purpose.to_owned());
        let (access, is_new) = blocking(move || take(&dir, &purpose)).await?;
        let access = Arc::new(access);
        let blobs = DirBlobs::new(&path, access.clone());
        let secrets = EnvFileSecrets::new(&path, access.clone(), env.clone());
        let (blobs, secrets) = blocking(move || {
            blobs.prepare()?;
            secrets.prepare()?;
            Ok((blobs, secrets))
        })
        .await?;
        let journal = SqliteJournal::open(&path, access.clone(), env, is_new).await?;
        let state = Self { path, access, journal: journal.into(), blobs: blobs.into(), secrets: secrets.into() };
        if is_new {
            let dir = state.path.clone();
            if let Err(error) = blocking(move || version::write(&dir)).await {
                state.close().await;
                return Err(error);
            }
        }
        Ok(state)
    }

    /// Opens a directory for reading: beside its writer, or without one. Every write is refused
    /// with `state.read_only`.
    ///
    /// # Errors
    /// `state.io` where there is no state; `state.version`, `state.unreadable`.
    pub async fn open_read_only(path: impl AsRef<Path>, env: Arc<dyn Env>) -> Result<Self> {
        let path = absolute(path.as_ref())?;
        let dir = path.clone();
        blocking(move || version::stored(&dir)?.ok_or_else(|| absent(&dir))).await?;
        let access = Arc::new(Access::reading(&path));
        let blobs = DirBlobs::new(&path, access.clone());
        let secrets = EnvFileSecrets::new(&path, access.clone(), env.clone());
        let journal = SqliteJournal::open(&path, access.clone(), env, false).await?;
        Ok(Self { path, access, journal: journal.into(), blobs: blobs.into(), secrets: secrets.into() })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True if it was opened for reading.
    pub fn is_read_only(&self) -> bool {
        self.access.is_read_only()
    }

    /// Its journal.
    pub fn journal(&self) -> Arc<SqliteJournal> {
        self.journal.clone()
    }

    /// Its blobs.
    pub fn blobs(&self) -> Arc<DirBlobs> {
        self.blobs.clone()
    }

    /// Its secrets.
    pub fn secrets(&self) -> Arc<EnvFileSecrets> {
        self.secrets.clone()
    }

    /// Closes it for all clones and parts: waits for what is being appended, then gives the lock
    /// back. Dropping everything does the same a little later.
    pub async fn close(&self) {
        self.journal.close().await;
        self.access.end();
    }
}

impl fmt::Display for StateDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state in {}", self.path.display())
    }
}

/// Makes the directory, takes its lock and checks its form. True if it is to be set up.
fn take(dir: &Path, purpose: &str) -> Result<(Access, bool)> {
    private_dir(dir).map_err(|source| Intent::Write.io_error(dir, source))?;
    // Before the lock: the lock file of a newer version may mean something else.
    version::stored(dir)?;
    let lock = StateLock::take(dir, purpose)?;
    // Whoever held the lock a moment ago may have set the directory up since.
    let is_new = version::stored(dir)?.is_none();
    Ok((Access::Write(lock), is_new))
}

/// SQLite reads a relative path that begins with `file:` as a URI.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|source| Intent::Read.io_error(path, source))
}

fn absent(dir: &Path) -> Error {
    Error::not_found(codes::STATE_IO, format!("there is no state in {}", dir.display()))
        .with_hint("name the directory that an engine wrote, or open it for writing once")
}
