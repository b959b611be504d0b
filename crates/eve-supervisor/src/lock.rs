//! The lock that makes a supervisor the only one of its state directory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use eve_core::Result;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::place::{Place, io_error};

/// The lock, held as long as this value lives.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
}

/// What came of an attempt to take the lock.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It is ours.
    Ours(Lock),
    /// Another process has it; it has not said who it is if there is no id.
    Held(Option<u32>),
}

impl Lock {
    /// Takes the lock if nobody holds it. Blocks for a moment at most.
    ///
    /// # Errors
    /// `state.read_only`, `state.disk_full`, `state.io`.
    pub(crate) fn take(place: &Place) -> Result<Taken> {
        /// Who only looks whether the lock is held has it for less than this.
        const GLANCE: Duration = Duration::from_millis(20);
        const TRIES: u32 = 10;

        let path = place.lock();
        let mut file = Place::open(&path, OpenOptions::new().read(true).write(true).create(true).truncate(false))?;
        let mut tries = 0;
        while let Err(errno) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            tries += 1;
            match errno {
                Errno::WOULDBLOCK if tries < TRIES => thread::sleep(GLANCE),
                Errno::WOULDBLOCK => return Ok(Taken::Held(named(&path))),
                errno => return Err(io_error("lock", &path, errno.into())),
            }
        }
        let write = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        write.map_err(|e| io_error("write", &path, e))?;
        Ok(Taken::Ours(Self { file, path }))
    }

    /// False when the file was removed or replaced: whoever comes next finds another lock, and nothing
    /// of this one.
    pub(crate) fn is_in_place(&self) -> bool {
        match self.file.metadata().and_then(|ours| Ok((ours, fs::metadata(&self.path)?))) {
            Ok((ours, there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
            // What cannot be looked at for the moment is no reason to end.
            Err(e) => e.kind() != io::ErrorKind::NotFound,
        }
    }
}

/// The process id of the supervisor that holds a state directory now; none where none does.
///
/// One that starts or ends holds it too, and cannot be reached then.
///
/// # Errors
/// `state.read_only` if that cannot be looked at by this user, `state.io`.
pub fn holder(dir: impl AsRef<Path>) -> Result<Option<u32>> {
    let path = Place::of(dir.as_ref())?.lock();
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io_error("open", &path, e)),
    };
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(None),
        // Between taking the lock and writing into it, a supervisor has not said who it is.
        Err(Errno::WOULDBLOCK) => Ok(Some(named(&path).unwrap_or_default())),
        Err(errno) => Err(io_error("lock", &path, errno.into())),
    }
}

fn named(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
