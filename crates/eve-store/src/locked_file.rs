//! A file that is locked by who works with it.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::atomic_file::private_file;

/// Between two looks whether a lock is free.
const PAUSE: Duration = Duration::from_millis(5);

/// A file that this process has locked, at its place. The operating system gives the lock back when
/// the process ends, however it ends.
///
/// Such a file is removed or renamed only by who has it locked. So once it is locked and still at
/// its place, it stays there: a lock on a file that was removed meanwhile is worth nothing.
#[derive(Debug)]
pub(crate) struct LockedFile {
    path: PathBuf,
    file: File,
}

impl LockedFile {
    /// Locks the file at a path, which is made where there is none. None if somebody else has it
    /// locked for as long as `patience`.
    pub(crate) fn take(path: &Path, patience: Duration) -> io::Result<Option<Self>> {
        let start = Instant::now();
        loop {
            let file = private_file().read(true).write(true).create(true).truncate(false).open(path)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, path)? => return Ok(Some(Self { path: path.to_owned(), file })),
                // Removed or renamed by who had it before.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if start.elapsed() < patience => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(source)) => return Err(source),
            }
        }
    }

    /// Replaces what is in it.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(bytes)
    }

    /// Waits until what is in it is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Removes it, and gives the lock back.
    pub(crate) fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

/// What is in a file that somebody has locked; empty where the locked file cannot be read. None if
/// nobody has it locked, or there is none.
pub(crate) fn held_text(path: &Path) -> io::Result<Option<String>> {
    /// Who removes what was left has it locked for a moment: an owner has it locked for longer.
    const LOOKS: u32 = 5;
    for _ in 1..LOOKS {
        if look(path)?.is_none() {
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
    look(path)
}

fn look(path: &Path) -> io::Result<Option<String>> {
    let Some(mut file) = open_present(path)? else { return Ok(None) };
    // Shared, so that two who look do not take each other for the owner.
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            Ok(Some(if file.read_to_string(&mut text).is_ok() { text } else { String::new() }))
        }
        Err(TryLockError::Error(source)) => Err(source),
    }
}

/// Removes a file whose owner is gone. One that is locked, or looked at, stays.
pub(crate) fn remove_left(path: &Path) -> io::Result<()> {
    let Some(file) = open_present(path)? else { return Ok(()) };
    match file.try_lock() {
        Ok(()) if is_at(&file, path)? => fs::remove_file(path),
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(source)) => Err(source),
    }
}

/// Opens a file if it is one: opening a pipe would wait for its other side.
fn open_present(path: &Path) -> io::Result<Option<File>> {
    let opened =
        fs::symlink_metadata(path).and_then(|at| if at.is_file() { File::open(path).map(Some) } else { Ok(None) });
    match opened {
        Err(source) if source.kind() == ErrorKind::NotFound => Ok(None),
        opened => opened,
    }
}

/// True if the path still leads to this file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let place = |at: fs::Metadata| (at.dev(), at.ino());
    match fs::metadata(path) {
        Ok(there) => Ok(place(there) == place(file.metadata()?)),
        Err(source) if source.kind() == ErrorKind::NotFound => Ok(false),
        Err(source) => Err(source),
    }
}

/// Files have no number here that tells them apart. Names of locked files that are removed are used
/// once only, so what is there is this file.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const AT_ONCE: Duration = Duration::ZERO;
    const PATIENCE: Duration = Duration::from_mins(1);

    #[test]
    fn one_has_it_and_the_others_read_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert_eq!(held_text(&path).unwrap(), None, "there is none");
        let mut first = LockedFile::take(&path, AT_ONCE).unwrap().unwrap();
        first.write(b"somebody longer").unwrap();
        first.write(b"me").unwrap();
        assert!(LockedFile::take(&path, AT_ONCE).unwrap().is_none());
        assert_eq!(held_text(&path).unwrap().as_deref(), Some("me"));
        remove_left(&path).unwrap();
        assert!(path.exists(), "its owner is there");
        drop(first);
        assert_eq!(held_text(&path).unwrap(), None);
        assert!(LockedFile::take(&path, AT_ONCE).unwrap().is_some());
        remove_left(&path).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn who_waits_for_a_file_that_is_removed_gets_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = LockedFile::take(&path, AT_ONCE).unwrap().unwrap();
        let waiting = thread::spawn({
            let path = path.clone();
            move || LockedFile::take(&path, PATIENCE).unwrap().unwrap()
        });
        thread::sleep(Duration::from_millis(50));
        first.remove().unwrap();
        let _second = waiting.join().unwrap();
        assert!(held_text(&path).unwrap().is_some(), "what was locked is what is there");
    }

    #[test]
    fn many_who_take_and_remove_never_have_it_together() {
        let folder = tempfile::tempdir().unwrap();
        let (path, inside) = (folder.path().join("lock"), folder.path().join("inside"));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    // Without a pause, so that they meet between opening and locking.
                    let takes = (0..200_000).filter_map(|_| LockedFile::take(&path, AT_ONCE).unwrap());
                    for lock in takes.take(500) {
                        File::create_new(&inside).expect("nobody else is inside");
                        fs::remove_file(&inside).unwrap();
                        lock.remove().unwrap();
                    }
                });
            }
            scope.spawn(|| {
                for _ in 0..1000 {
                    remove_left(&path).unwrap();
                }
            });
        });
    }

    #[test]
    fn what_is_no_file_is_held_by_nobody_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("folder");
        fs::create_dir(&path).unwrap();
        assert_eq!(held_text(&path).unwrap(), None);
        remove_left(&path).unwrap();
        assert!(path.is_dir());
    }
}
