//! The right to hold the children of a state folder.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use eve_core::{Env as _, Error, Result, SystemEnv, codes};
use rustix::fs::{FlockOperation, flock};

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

fn lock(path: &Path, root: &Path) -> Result<File> {
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let mut file = open.map_err(|e| io_error("open", path, e))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let holder = fs::read_to_string(path).unwrap_or_default();
            // Between taking the lock and writing into it, it names nobody.
            let who = holder.trim().parse().map_or("another process".to_owned(), |pid: u32| format!("process {pid}"));
            let text = format!("{} is held by {who}", root.display());
            return Err(Error::conflict(codes::STATE_HELD, text).with_hint("end that process, or use another folder"));
        }
        Err(e) => return Err(io_error("lock", path, e.into())),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(|e| io_error("write", path, e))?;
    Ok(file)
}
