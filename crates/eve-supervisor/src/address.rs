//! How a socket is named to the system.

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::SocketAddr;
use std::path::{Path, PathBuf};

use eve_core::{Error, Result, codes};

use crate::place::{Place, io_error};

/// A path to the socket that is short enough for the system, valid as long as this value lives.
#[derive(Debug)]
pub(crate) struct Address {
    path: PathBuf,
    /// The folder that a short path leads through.
    _folder: Option<File>,
}

impl Address {
    /// The address of the socket in an existing folder.
    ///
    /// A socket's address holds about a hundred bytes. On Linux a longer path is reached through the
    /// descriptor of its folder.
    ///
    /// # Errors
    /// `supervisor.unavailable` if the path is too long for this system; `state.io`,
    /// `state.read_only` if the folder cannot be opened.
    pub(crate) fn of(place: &Place) -> Result<Self> {
        let path = place.socket();
        if SocketAddr::from_pathname(&path).is_ok() {
            return Ok(Self { path, _folder: None });
        }
        if !cfg!(target_os = "linux") {
            let text = format!("{} is too long for the path of a socket", path.display());
            return Err(Error::unavailable(codes::SUPERVISOR_UNAVAILABLE, text)
                .with_hint("use a state directory whose path is shorter"));
        }
        let folder = File::open(place.folder()).map_err(|e| io_error("open", place.folder(), e))?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/socket", folder.as_raw_fd()));
        Ok(Self { path, _folder: Some(folder) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
