//! The right to hold the children of a state folder.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use eve_core::{Env as _, Error, Result, SystemEnv, codes};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::state_dir::{Header, StateDir, io_error};

/// The lock of a state folder: whoever has it holds the children, and nobody else does.
#[derive(Debug)]
pub(crate) struct Hold {
    id: String,
    _lock: File,
}

impl Hold {
    /// Takes the lock, and gives a new folder its identity.
    ///
    /// # Errors
    /// `state.held` if another process has it; `state.read_only`, `state.disk_full`, `state.io`.
    pub(crate) fn take(state: &StateDir) -> Result<Self> {
        let lock = lock(&state.path("lock"), &state.path(""))?;
        let header = match state.header()? {
            Some(header) if header.schema == StateDir::SCHEMA => header,
            known => {
                let env = SystemEnv::new();
                let id = known.map_or_else(|| format!("{:016x}{:016x}", env.random(), env.random()), |known| known.id);
                let header = Header { schema: StateDir::SCHEMA, id };
                state.write_header(&header)?;
                header
            }
        };
        Ok(Self { id: header.id, _lock: lock })
    }

    /// What no other state folder has: part of the marker by which children are known.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

/// Takes the lock file. A process that its last holder was just starting has a copy of every file
/// of that holder for a moment, this one among them, so a lock that is held is looked at again.
fn lock(path: &Path, root: &Path) -> Result<File> {
    const TRIES: u32 = 25;
    const PAUSE: Duration = Duration::from_millis(20);
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let mut file = open.map_err(|e| io_error("open", path, e))?;
    let mut tries = 1;
    while let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
        if error != Errno::WOULDBLOCK {
            return Err(io_error("lock", path, error.into()));
        }
        if tries == TRIES {
            return Err(held(path, root));
        }
        tries += 1;
        std::thread::sleep(PAUSE);
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(|e| io_error("write", path, e))?;
    Ok(file)
}

fn held(path: &Path, root: &Path) -> Error {
    let holder = fs::read_to_string(path).unwrap_or_default();
    // Between taking the lock and writing into it, it names nobody.
    let who = holder.trim().parse().map_or("another process".to_owned(), |pid: u32| format!("process {pid}"));
    let text = format!("{} is held by {who}", root.display());
    Error::conflict(codes::STATE_HELD, text).with_hint("end that process, or use another folder")
}
