//! Where a supervisor keeps its files.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use eve_core::{Error, Result, codes};

/// The supervisor's folder in a state directory.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    dir: PathBuf,
    folder: PathBuf,
}

impl Place {
    /// The folder of a state directory, whether it exists or not.
    ///
    /// # Errors
    /// `state.io` if the present working directory, which a relative path starts at, is gone.
    pub(crate) fn of(dir: &Path) -> Result<Self> {
        let dir = std::path::absolute(dir).map_err(|e| io_error("find", dir, e))?;
        let folder = dir.join("supervisor");
        Ok(Self { dir, folder })
    }

    /// Makes the folder for its owner only.
    ///
    /// # Errors
    /// `control.denied` if it is somebody else's; `state.read_only`, `state.disk_full`, `state.io`.
    pub(crate) fn make(&self) -> Result<()> {
        let make = || -> io::Result<u32> {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
            let about = self.folder.metadata()?;
            if about.uid() == user() && about.mode() & 0o777 != 0o700 {
                std::fs::set_permissions(&self.folder, Permissions::from_mode(0o700))?;
            }
            Ok(about.uid())
        };
        let owner = make().map_err(|e| io_error("make", &self.folder, e))?;
        if owner == user() {
            return Ok(());
        }
        let text = format!("{} belongs to user {owner}", self.folder.display());
        Err(Error::denied(codes::CONTROL_DENIED, text).with_hint("work as that user, or use another state directory"))
    }

    /// Opens one of the files below, for its owner only.
    pub(crate) fn open(path: &Path, options: &mut OpenOptions) -> Result<File> {
        options.mode(0o600).open(path).map_err(|e| io_error("open", path, e))
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    pub(crate) fn fences(&self) -> PathBuf {
        self.folder.join("fences.json")
    }
}

/// The user that this process acts as.
pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// What a failed call on a file of the folder means.
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
