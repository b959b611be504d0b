//! A snapshot that is being made.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use eve_core::Digest;
use rustix::fs::{FlockOperation, flock};

use crate::state_dir::{StateDir, make_dir};

/// A folder that becomes a snapshot. It is locked while somebody works on it, and removed when it is
/// dropped, unless it was moved away by then.
#[derive(Debug)]
pub(crate) struct Unfinished {
    path: PathBuf,
    lock: File,
}

impl Unfinished {
    const PREFIX: &str = ".new-";

    /// Makes the folder, under a name that nobody else has.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn make(state: &StateDir, unique: u64) -> io::Result<Self> {
        // Somebody who clears up may find it before it is locked.
        const TRIES: u32 = 10;
        let path = state.path("snapshots").join(format!("{}{unique:016x}", Self::PREFIX));
        for _ in 0..TRIES {
            make_dir(&path)?;
            let Some(lock) = lock(&path)? else { continue };
            if path.is_dir() {
                return Ok(Self { path, lock });
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves it to where it belongs, once all of it is on the disk: what stands there is never looked
    /// at again.
    ///
    /// # Errors
    /// Why it cannot be moved.
    pub(super) fn finish(&self, target: &Path) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        rustix::fs::syncfs(&self.lock)?;
        #[cfg(not(target_os = "linux"))]
        self.lock.sync_all()?;
        fs::rename(&self.path, target)
    }

    /// Removes a snapshot: what is left of it when this is killed is nobody's snapshot any more.
    ///
    /// # Errors
    /// Why it cannot be removed.
    pub(super) fn discard(state: &StateDir, snapshot: &Path, digest: &Digest) -> io::Result<()> {
        let path = state.path("snapshots").join(format!("{}{}", Self::PREFIX, digest.short(16)));
        fs::rename(snapshot, &path)?;
        fs::remove_dir_all(&path)
    }

    /// Removes what builders left who were killed.
    pub(crate) fn remove_left(state: &StateDir) {
        let left = state.folders("snapshots").into_iter();
        let named =
            |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(Self::PREFIX));
        for path in left.filter(named) {
            if let Ok(Some(lock)) = lock(&path) {
                drop(Self { path, lock });
            }
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Locks a folder; none if it is gone, or somebody has locked it.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let folder = match File::open(path) {
        Ok(folder) => folder,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(folder)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_works_on_any_more_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        let (snapshot, left) = (state.path("snapshots/done"), state.path("snapshots/.new-2"));
        for path in [&snapshot, &left.join("folder")] {
            make_dir(path).unwrap();
        }
        let working = Unfinished::make(&state, 1).unwrap();
        Unfinished::remove_left(&state);
        assert!(working.path().is_dir() && snapshot.is_dir() && !left.exists());
    }

    #[test]
    fn what_is_finished_stays() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateDir::open(dir.path()).unwrap();
        let unfinished = Unfinished::make(&state, 1).unwrap();
        let target = state.path("snapshots/done");
        unfinished.finish(&target).unwrap();
        drop(unfinished);
        assert_eq!(state.folders("snapshots"), [target]);
    }
}
