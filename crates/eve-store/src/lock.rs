//! The lock that one writer holds.

use std::fs::{self, File, TryLockError};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use eve_core::{Error, Result, codes};

use crate::atomic_file::private_file;
use crate::intent::Intent;

/// The lock that one writer of a state directory holds. Its file says who that is: the process id
/// in the first line, what it does in the second.
///
/// The operating system gives the lock back when the process ends, however it ends: the text of a
/// lock that nobody holds means nothing.
#[derive(Debug)]
pub(crate) struct StateLock {
    path: PathBuf,
    file: Mutex<Option<File>>,
}

impl StateLock {
    /// Takes the lock of a state directory.
    pub(crate) fn take(dir: &Path, purpose: &str) -> Result<Self> {
        let path = dir.join("lock");
        let failed = |source| Intent::Write.io_error(&path, source);
        let mut file =
            private_file().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(dir, &path)),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let line = purpose.lines().next().unwrap_or_default();
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}\n{line}\n", std::process::id()))
            .map_err(failed)?;
        Ok(Self { path, file: Mutex::new(Some(file)) })
    }

    /// Gives the lock back before it is dropped.
    pub(crate) fn release(&self) {
        if let Some(file) = self.file.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Only a courtesy to who reads the file: closing it is what gives the lock back.
            let _ = file.set_len(0);
        }
    }

    /// Fails once the lock was given back.
    pub(crate) fn check(&self) -> Result<()> {
        if self.file.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return Ok(());
        }
        let at = self.path.parent().unwrap_or(&self.path).display();
        Err(Error::failed(codes::STATE_IO, format!("the state in {at} was closed")))
    }
}

impl Drop for StateLock {
    fn drop(&mut self) {
        self.release();
    }
}

fn held(dir: &Path, path: &Path) -> Error {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines();
    let pid = lines.next().and_then(|line| line.parse::<u32>().ok());
    let purpose = lines.next().filter(|line| !line.is_empty());
    let at = dir.display();
    let who = match (pid, purpose) {
        (Some(pid), Some(purpose)) => format!("process {pid} ({purpose})"),
        (Some(pid), None) => format!("process {pid}"),
        // Between taking the lock and writing into it, and where locked files cannot be read.
        (None, _) => "another process".to_owned(),
    };
    let hint = match pid {
        Some(pid) => format!("wait until process {pid} ends or stop it, or open the state for reading"),
        None => "wait until the other process ends, or open the state for reading".to_owned(),
    };
    Error::conflict(codes::STATE_HELD, format!("{at} is held by {who}")).with_hint(hint)
}
