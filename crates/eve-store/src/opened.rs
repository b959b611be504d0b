//! Files and folders below one folder, opened without following any link.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::Path;

pub(crate) use system::{Names, Root};

/// What was opened.
#[derive(Debug)]
pub(crate) enum Opened {
    File(File),
    Folder(Names),
}

/// What is below the folder that was opened cannot be replaced by what is elsewhere: each part of a path is
/// opened in the folder that was opened before it.
#[cfg(unix)]
mod system {
    use std::ffi::OsStr;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStringExt as _;
    use std::path::Component;

    use rustix::fs::{Dir, FileType, Mode, OFlags};
    use rustix::io::Errno;

    use super::{Opened, OsString, Path, io};

    /// On the way to something else a folder need not be readable.
    #[cfg(target_os = "linux")]
    const ON_THE_WAY: OFlags = OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    const ON_THE_WAY: OFlags = OFlags::RDONLY;

    /// The folder.
    #[derive(Debug)]
    pub(crate) struct Root(OwnedFd);

    impl Root {
        pub(crate) fn open(path: &Path) -> io::Result<Self> {
            Ok(Self(rustix::fs::open(path, ON_THE_WAY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?))
        }

        /// Opens a path below the folder; none if it is neither a file nor a folder. It waits for nobody. A link
        /// is answered with [`NotADirectory`](io::ErrorKind::NotADirectory).
        pub(crate) fn open_below(&self, path: &Path) -> io::Result<Option<Opened>> {
            let mut parts: Vec<&OsStr> = Vec::new();
            for part in path.components() {
                match part {
                    Component::Normal(part) => parts.push(part),
                    _ => return Err(io::ErrorKind::InvalidInput.into()),
                }
            }
            let last = parts.pop().unwrap_or(OsStr::new("."));
            let way = ON_THE_WAY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let mut folder = None;
            for part in parts {
                let within = folder.as_ref().unwrap_or(&self.0);
                folder = Some(rustix::fs::openat(within, part, way, Mode::empty()).map_err(refusal)?);
            }
            // Opening a pipe would wait for whoever writes into it.
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            let opened = match rustix::fs::openat(folder.as_ref().unwrap_or(&self.0), last, flags, Mode::empty()) {
                Ok(opened) => opened,
                // A socket.
                Err(Errno::NXIO | Errno::OPNOTSUPP) => return Ok(None),
                Err(error) => return Err(refusal(error)),
            };
            Ok(match FileType::from_raw_mode(rustix::fs::fstat(&opened)?.st_mode) {
                FileType::RegularFile => Some(Opened::File(opened.into())),
                FileType::Directory => Some(Opened::Folder(Names(Dir::new(opened)?))),
                _ => None,
            })
        }
    }

    /// Systems differ in how they name a link that they are not to follow.
    fn refusal(error: Errno) -> io::Error {
        match error {
            Errno::LOOP | Errno::MLINK | Errno::NOTDIR => io::Error::new(io::ErrorKind::NotADirectory, error),
            error => error.into(),
        }
    }

    /// The names of what is in a folder.
    #[derive(Debug)]
    pub(crate) struct Names(Dir);

    impl Iterator for Names {
        type Item = io::Result<OsString>;

        fn next(&mut self) -> Option<Self::Item> {
            loop {
                match self.0.read()? {
                    Ok(entry) if matches!(entry.file_name().to_bytes(), b"." | b"..") => {}
                    Ok(entry) => return Some(Ok(OsString::from_vec(entry.file_name().to_bytes().to_vec()))),
                    Err(error) => return Some(Err(error.into())),
                }
            }
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs;
    use std::path::PathBuf;

    use super::{File, Opened, OsString, Path, io};

    /// The folder.
    #[derive(Debug)]
    pub(crate) struct Root(PathBuf);

    impl Root {
        pub(crate) fn open(path: &Path) -> io::Result<Self> {
            Ok(Self(path.to_owned()))
        }

        /// Opens a path below the folder; none if it is neither a file nor a folder.
        pub(crate) fn open_below(&self, path: &Path) -> io::Result<Option<Opened>> {
            let path = self.0.join(path);
            let kind = fs::symlink_metadata(&path)?;
            if kind.is_dir() {
                return Ok(Some(Opened::Folder(Names(fs::read_dir(path)?))));
            }
            kind.is_file().then(|| File::open(path).map(Opened::File)).transpose()
        }
    }

    /// The names of what is in a folder.
    #[derive(Debug)]
    pub(crate) struct Names(fs::ReadDir);

    impl Iterator for Names {
        type Item = io::Result<OsString>;

        fn next(&mut self) -> Option<Self::Item> {
            Some(self.0.next()?.map(|entry| entry.file_name()))
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::{fs, io::Read as _};

    use super::*;

    #[test]
    fn no_link_is_followed_wherever_it_stands() {
        let dir = tempfile::tempdir().unwrap();
        let inside = dir.path().join("project");
        fs::create_dir_all(inside.join("conf")).unwrap();
        fs::create_dir(dir.path().join("outside")).unwrap();
        fs::write(dir.path().join("outside/key"), "secret").unwrap();
        fs::write(inside.join("conf/a"), "1").unwrap();
        let root = Root::open(&inside).unwrap();
        let Some(Opened::File(mut file)) = root.open_below(Path::new("conf/a")).unwrap() else { panic!("no file") };
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "1");
        let Some(Opened::Folder(names)) = root.open_below(Path::new("")).unwrap() else { panic!("no folder") };
        assert_eq!(names.map(Result::unwrap).collect::<Vec<_>>(), ["conf"]);

        // As one who swaps them after they were looked at.
        fs::rename(inside.join("conf"), inside.join("old")).unwrap();
        symlink("../outside", inside.join("conf")).unwrap();
        symlink("../outside/key", inside.join("key")).unwrap();
        for (path, kind) in [
            ("conf/key", io::ErrorKind::NotADirectory),
            ("conf", io::ErrorKind::NotADirectory),
            ("key", io::ErrorKind::NotADirectory),
            ("../outside/key", io::ErrorKind::InvalidInput),
            ("/etc/hostname", io::ErrorKind::InvalidInput),
        ] {
            assert_eq!(root.open_below(Path::new(path)).unwrap_err().kind(), kind, "{path}");
        }
        // And one who swaps the project itself.
        fs::rename(&inside, dir.path().join("moved")).unwrap();
        symlink("outside", &inside).unwrap();
        assert!(root.open_below(Path::new("old/a")).unwrap().is_some());
        assert!(root.open_below(Path::new("../key")).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_file_is_not_waited_for() {
        use rustix::fs::{CWD, FileType, Mode};

        let dir = tempfile::tempdir().unwrap();
        rustix::fs::mknodat(CWD, dir.path().join("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        let root = Root::open(dir.path()).unwrap();
        assert!(root.open_below(Path::new("pipe")).unwrap().is_none());
        assert!(root.open_below(Path::new("socket")).unwrap().is_none());
    }
}
