//! Where a child writes, and its holder reads.

use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::net::unix::pipe::Receiver;

use crate::logs::Pipe;

/// One outlet of a child: the end that it writes to, and the one that is read.
#[derive(Debug)]
pub(super) struct Outlet {
    pub(super) write: Stdio,
    pub(super) read: Receiver,
}

#[cfg(target_os = "linux")]
mod named {
    use std::fs::{self, OpenOptions};
    use std::os::unix::fs::OpenOptionsExt as _;
    use std::path::PathBuf;

    use rustix::fs::{CWD, Mode, OFlags, mkfifoat};

    use super::{Outlet, Path, Pipe, Receiver, Stdio, io};

    /// A pipe with a name: it lives as long as somebody has it open, so a child's output does not end
    /// with its holder, and a successor reads on.
    impl Outlet {
        /// Makes it anew in a child's folder: who still has the old one open belongs to the past.
        pub(in super::super) fn make(folder: &Path, pipe: Pipe) -> io::Result<Self> {
            let path = path(folder, pipe);
            match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR)?;
            // Opened both ways, so that the child is its own reader: writing never fails when its
            // holder is gone, it only waits once the pipe is full.
            let flags = OFlags::NOFOLLOW.bits().cast_signed();
            let write = OpenOptions::new().read(true).write(true).custom_flags(flags).open(&path)?;
            Ok(Self { read: Self::reader(folder, pipe)?, write: Stdio::from(write) })
        }

        /// Opens the end that is read, again.
        pub(in super::super) fn reader(folder: &Path, pipe: Pipe) -> io::Result<Receiver> {
            let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits().cast_signed();
            Receiver::from_file(OpenOptions::new().read(true).custom_flags(flags).open(path(folder, pipe))?)
        }

        /// Removes what is left of a child's outlets in its folder.
        pub(in super::super) fn remove(folder: &Path) {
            for pipe in [Pipe::Out, Pipe::Err] {
                // What is not there needs no removal, and what stays is made anew at the next start.
                let _ = fs::remove_file(path(folder, pipe));
            }
        }
    }

    fn path(folder: &Path, pipe: Pipe) -> PathBuf {
        folder.join(match pipe {
            Pipe::Out => "stdout",
            Pipe::Err => "stderr",
        })
    }
}

/// Where nothing can be adopted, a name would help nobody.
#[cfg(not(target_os = "linux"))]
impl Outlet {
    pub(super) fn make(_: &Path, _: Pipe) -> io::Result<Self> {
        let (read, write) = io::pipe()?;
        Ok(Self { read: Receiver::from_owned_fd(read.into())?, write: Stdio::from(write) })
    }

    pub(super) fn reader(_: &Path, _: Pipe) -> io::Result<Receiver> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn remove(_: &Path) {}
}
