//! One directory with everything an engine remembers.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eve_core::{Env, Error, Result, codes};

use crate::access::Access;
use crate::atomic_file::private_dir;
use crate::blocking::blocking;
use crate::holders::HolderFolder;
use crate::intent::Intent;
use crate::set_up::SetUp;
use crate::{DirBlobs, EnvFileSecrets, Holder, SqliteJournal, version};

/// One directory with everything an engine remembers: journal, blobs and secrets.
///
/// | in it | is |
/// |---|---|
/// | `VERSION` | the number of its form; a newer one is refused |
/// | `lock` | locked while the directory is set up or gets its present form; its text names the process |
/// | `holders/` | a file per holder of leases, locked as long as it lives; its text names its process |
/// | `journal.db` | SQLite, in WAL mode: what is in `journal.db-wal` beside it belongs to it |
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
    /// Opens a directory for writing, beside others who do; makes it, for its owner only, where it
    /// does not exist, and gives it its present form where it has an older one. `purpose` tells other
    /// processes in one line who is at work.
    ///
    /// # Errors
    /// `state.held` if another process takes longer than 10 s to set it up, or writes form 1;
    /// `state.version`, `state.unreadable`, `state.read_only`, `state.disk_full`, `state.io`.
    pub async fn open(path: impl AsRef<Path>, purpose: &str, env: Arc<dyn Env>) -> Result<Self> {
        let path = absolute(path.as_ref())?;
        let (dir, purpose) = (path.clone(), purpose.to_owned());
        let access = Arc::new(Access::writing(&path, &purpose));
        let blobs = DirBlobs::new(&path, access.clone(), env.clone());
        let secrets = EnvFileSecrets::new(&path, access.clone(), env.clone());
        let (set_up, blobs, secrets) = blocking(move || {
            private_dir(&dir).map_err(|source| Intent::Write.io_error(&dir, source))?;
            let set_up = SetUp::begin(&dir, &purpose)?;
            HolderFolder::of(&dir).prepare()?;
            blobs.prepare()?;
            secrets.prepare()?;
            Ok((set_up, blobs, secrets))
        })
        .await?;
        let journal = SqliteJournal::open(&path, access.clone(), env, set_up.is_some()).await?;
        let state = Self { path, access, journal: journal.into(), blobs: blobs.into(), secrets: secrets.into() };
        if let Some(set_up) = set_up
            && let Err(error) = blocking(move || set_up.finish()).await
        {
            state.close().await;
            return Err(error);
        }
        Ok(state)
    }

    /// Opens a directory for reading: beside its writers, or without one. Every write is refused
    /// with `state.read_only`.
    ///
    /// # Errors
    /// `state.io` where there is no state; `state.version`, `state.unreadable`.
    pub async fn open_read_only(path: impl AsRef<Path>, env: Arc<dyn Env>) -> Result<Self> {
        let path = absolute(path.as_ref())?;
        let dir = path.clone();
        blocking(move || version::stored(&dir)?.ok_or_else(|| absent(&dir))).await?;
        let access = Arc::new(Access::reading(&path));
        let blobs = DirBlobs::new(&path, access.clone(), env.clone());
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

    /// Who is at work on it: those who took a lease since they opened it, and whose process lives.
    ///
    /// # Errors
    /// `state.io`.
    pub async fn holders(&self) -> Result<Vec<Holder>> {
        let folder = HolderFolder::of(&self.path);
        blocking(move || folder.present()).await
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

    /// Closes it for all clones and parts: waits for what is being appended, then frees what its
    /// holders hold. Dropping everything does the same a little later.
    pub async fn close(&self) {
        self.journal.close().await;
        self.access.end();
    }

    /// Closes it as [`close`](Self::close) does, in a process that ends then: a short write-ahead log stays
    /// beside the database, for whoever opens it next.
    pub async fn leave(&self) {
        self.journal.leave().await;
        self.access.end();
    }
}

impl fmt::Display for StateDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state in {}", self.path.display())
    }
}

/// SQLite reads a relative path that begins with `file:` as a URI.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|source| Intent::Read.io_error(path, source))
}

fn absent(dir: &Path) -> Error {
    Error::not_found(codes::STATE_IO, format!("there is no state in {}", dir.display()))
        .with_hint("name the directory that an engine wrote, or open it for writing once")
}
