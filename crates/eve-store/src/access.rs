//! How a state directory was opened.

use std::path::{Path, PathBuf};

use eve_core::Result;

use crate::holders::Presence;
use crate::intent::read_only;

/// How a state directory was opened; shared by everything that was opened with it.
#[derive(Debug)]
pub(crate) enum Access {
    /// For reading, beside writers perhaps.
    Read(PathBuf),
    /// For writing, beside other writers perhaps, for some holders.
    Write(Presence),
}

impl Access {
    /// For reading a directory.
    pub(crate) fn reading(dir: &Path) -> Self {
        Self::Read(dir.to_owned())
    }

    /// For writing to a directory.
    pub(crate) fn writing(dir: &Path, purpose: &str) -> Self {
        Self::Write(Presence::new(dir, purpose))
    }

    /// True if nothing may be written.
    pub(crate) fn is_read_only(&self) -> bool {
        matches!(self, Self::Read(_))
    }

    /// Fails where nothing may be written.
    pub(crate) fn check_write(&self) -> Result<()> {
        self.presence()?.check()
    }

    /// The holders that are acted for. Fails where nothing may be written.
    pub(crate) fn presence(&self) -> Result<&Presence> {
        match self {
            Self::Read(dir) => Err(read_only(dir).with_hint("open the state for writing")),
            Self::Write(presence) => Ok(presence),
        }
    }

    /// Ends writing: what its holders hold is free.
    pub(crate) fn end(&self) {
        if let Self::Write(presence) = self {
            presence.leave();
        }
    }
}
