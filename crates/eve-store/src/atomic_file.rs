//! A file that is either the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::locked_file::LockedFile;

/// How long one waits for another process that writes the same file.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file that is replaced as a whole: written elsewhere on the same disk, synchronised, renamed.
/// Only its owner may read it. What is written elsewhere is locked meanwhile: what is not is left
/// over.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    target: PathBuf,
    scratch: PathBuf,
}

impl AtomicFile {
    /// A file that is written beside its place.
    pub(crate) fn beside(target: impl Into<PathBuf>) -> Self {
        let target = target.into();
        let mut scratch = target.clone().into_os_string();
        scratch.push(".new");
        Self { target, scratch: scratch.into() }
    }

    /// A file that is written to `scratch` first, which must be on the same disk.
    pub(crate) fn through(target: impl Into<PathBuf>, scratch: impl Into<PathBuf>) -> Self {
        Self { target: target.into(), scratch: scratch.into() }
    }

    /// Writes the file. It is on the disk under its name when this returns.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let Some(mut scratch) = LockedFile::take(&self.scratch, PATIENCE)? else {
            return Err(ErrorKind::ResourceBusy.into());
        };
        let written =
            scratch.write(bytes).and_then(|()| scratch.sync()).and_then(|()| fs::rename(&self.scratch, &self.target));
        if let Err(error) = written {
            // The first failure is the one to report.
            let _ = scratch.remove();
            return Err(error);
        }
        self.target.parent().map_or(Ok(()), sync_dir)
    }
}

/// Options that make files which only their owner may read.
pub(crate) fn private_file() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a directory, and those above it, that only its owner may enter. True if it was not there.
pub(crate) fn private_dir(path: &Path) -> io::Result<bool> {
    if path.is_dir() {
        return Ok(false);
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    Ok(true)
}

/// Makes names that were given or taken in a directory durable.
#[cfg(unix)]
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Directories cannot be synchronised here; the file system's own journal keeps their names.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
pub(crate) fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}
