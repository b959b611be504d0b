//! How a state directory was opened.

use std::path::{Path, PathBuf};

use eve_core::Result;

use crate::intent::read_only;
use crate::lock::StateLock;

/// How a state directory was opened; shared by everything that was opened with it.
#[derive(Debug)]
pub(crate) enum Access {
    /// For reading, beside a writer perhaps.
    Read(PathBuf),
    /// For writing, with the lock.
    Write(StateLock),
}

impl Access {
    /// For reading a directory.
    pub(crate) fn reading(dir: &Path) -> Self {
        Self::Read(dir.to_owned())
    }

    /// True if nothing may be written.
    pub(crate) fn is_read_only(&self) -> bool {
        matches!(self, Self::Read(_))
    }

    /// Fails where nothing may be written.
    pub(crate) fn check_write(&self) -> Result<()> {
        match self {
            Self::Read(dir) => Err(read_only(dir).with_hint("open the state for writing")),
            Self::Write(lock) => lock.check(),
        }
    }

    /// Ends writing: gives the lock back.
    pub(crate) fn end(&self) {
        if let Self::Write(lock) = self {
            lock.release();
        }
    }
}
