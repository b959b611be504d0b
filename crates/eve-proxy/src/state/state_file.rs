//! The file that a proxy is stored in.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use eve_core::{Error, Result, codes};

use crate::state::Stored;

/// The file that a proxy is stored in: always the old one or the new one, and its owner's alone.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    scratch: PathBuf,
}

impl StateFile {
    /// The file of a folder, which is made where it does not exist.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|error| failed("be made", folder, error))?;
        Ok(Self::at(folder))
    }

    /// The file of a folder that may not exist.
    pub(crate) fn at(folder: &Path) -> Self {
        Self { path: folder.join("routes.json"), scratch: folder.join("routes.json.new") }
    }

    /// What is stored; none where nothing was yet.
    pub(crate) fn read(&self) -> Result<Option<Stored>> {
        match fs::read(&self.path) {
            Ok(bytes) => Stored::decode(&bytes).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("be read", &self.path, error)),
        }
    }

    /// Puts this in the place of what is stored. One writer at a time.
    pub(crate) fn write(&self, stored: &Stored) -> Result<()> {
        let bytes = stored.encode()?;
        self.replace(&bytes).map_err(|error| failed("be written", &self.path, error))
    }

    /// The content is synchronised before it gets its name, so that no loss of power leaves half a
    /// file; the name itself is not, so that it may bring the file before back.
    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.scratch)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&self.scratch, &self.path)
    }
}

fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    let text = format!("{} cannot {what}", path.display());
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Error::exhausted(codes::STATE_DISK_FULL, text).with_hint("free some space on the disk")
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            Error::denied(codes::STATE_READ_ONLY, text).with_hint("let the user that Eve runs as own the folder")
        }
        _ => Error::unavailable(codes::STATE_IO, text),
    }
    .with_source(error)
}
