//! A file that is either the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file that is replaced as a whole: written elsewhere on the same disk, synchronised, renamed.
/// Only its owner may read it.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    target: PathBuf,
    scratch: PathBuf,
}

impl AtomicFile {
    /// A file that is written beside its place. One writer at a time.
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
        let written = self.write_scratch(bytes).and_then(|()| fs::rename(&self.scratch, &self.target));
        if written.is_err() {
            // The first failure is the one to report.
            let _ = fs::remove_file(&self.scratch);
        }
        written?;
        self.target.parent().map_or(Ok(()), sync_dir)
    }

    fn write_scratch(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = private_file().write(true).create(true).truncate(true).open(&self.scratch)?;
        file.write_all(bytes)?;
        file.sync_all()
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
