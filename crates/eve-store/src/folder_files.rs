//! Files of a project's folder.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{Error, Result, SourceContent, SourceDir, SourceFiles, SourceLimit, SourcePath, codes};

use crate::blocking::blocking;
use crate::intent::Intent;
use crate::opened::{Names, Opened, Root};

/// Reads files of projects that are folders of this machine.
#[derive(Debug, Clone, Default)]
pub struct FolderFiles {
    left_out: Vec<PathBuf>,
}

impl FolderFiles {
    /// Files of any folder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names a folder of which no release keeps anything, wherever it lies: what an engine of Eve's
    /// remembers.
    pub fn with_left_out(mut self, dir: impl Into<PathBuf>) -> Self {
        self.left_out.push(dir.into());
        self
    }
}

#[async_trait]
impl SourceFiles for FolderFiles {
    async fn read(&self, source: &SourceDir, path: &SourcePath, most: SourceLimit) -> Result<SourceContent> {
        let (left_out, root, path) = (self.left_out.clone(), source.path().to_owned(), path.clone());
        blocking(move || {
            let root = root.canonicalize().map_err(|source| match source.kind() {
                ErrorKind::NotFound => missing(&path).with_source(source),
                _ => Intent::Read.io_error(&root, source),
            })?;
            let left_out = left_out.iter().filter_map(|dir| dir.canonicalize().ok()).collect();
            let opened = Root::open(&root).map_err(|source| Intent::Read.io_error(&root, source))?;
            Reading { root, opened, left_out, asked: &path, most, entries: 0, bytes: 0 }.read()
        })
        .await
    }
}

impl fmt::Display for FolderFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("folders")
    }
}

/// Reading what is under one path.
struct Reading<'a> {
    root: PathBuf,
    opened: Root,
    left_out: Vec<PathBuf>,
    asked: &'a SourcePath,
    most: SourceLimit,
    /// Files and folders that were looked at, as often as links lead to them.
    entries: usize,
    bytes: u64,
}

impl Reading<'_> {
    fn read(mut self) -> Result<SourceContent> {
        let real = self.real(&self.root.join(self.asked.as_str()), self.asked)?;
        if self.is_left_out(&real) {
            return Err(missing(self.asked).with_hint("it is where Eve keeps its state: name another folder"));
        }
        match self.open(&real, self.asked)? {
            Opened::File(file) => {
                self.count()?;
                Ok(SourceContent::File(self.file(&file, &real)?))
            }
            Opened::Folder(listed) => {
                let mut files = BTreeMap::new();
                self.folder(listed, &real, "", &mut vec![real.clone()], &mut files)?;
                Ok(SourceContent::Folder(files))
            }
        }
    }

    /// What a path really is: never outside of the project.
    fn real(&self, path: &Path, named: &SourcePath) -> Result<PathBuf> {
        let real = path.canonicalize().map_err(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => missing(named).with_source(source),
            _ => Intent::Read.io_error(path, source),
        })?;
        if real.starts_with(&self.root) {
            return Ok(real);
        }
        Err(Error::invalid(codes::FILE_ESCAPES, format!("{named} is a link that leads out of the project"))
            .with_hint("copy the file into the project"))
    }

    fn is_left_out(&self, real: &Path) -> bool {
        self.left_out.iter().any(|dir| real.starts_with(dir))
    }

    /// Opens what was found at a path a moment ago: never what has been put there since in its place.
    fn open(&mut self, real: &Path, named: &SourcePath) -> Result<Opened> {
        let below = real.strip_prefix(&self.root).unwrap_or(real);
        let opened = self.opened.open_below(below).map_err(|source| match source.kind() {
            ErrorKind::NotFound => missing(named).with_source(source),
            ErrorKind::NotADirectory => {
                let text = format!("{named} became a link while it was read");
                Error::invalid(codes::FILE_ESCAPES, text).with_source(source)
            }
            _ => Intent::Read.io_error(real, source),
        })?;
        opened.ok_or_else(|| missing(named))
    }

    /// Counts one more file or folder.
    fn count(&mut self) -> Result<()> {
        self.entries += 1;
        self.most.admit(self.asked.as_str(), self.entries, self.bytes)
    }

    fn file(&mut self, file: &File, real: &Path) -> Result<Bytes> {
        let left = self.most.bytes.saturating_sub(self.bytes);
        let mut bytes = Vec::new();
        file.take(left + 1).read_to_end(&mut bytes).map_err(|source| Intent::Read.io_error(real, source))?;
        self.bytes += bytes.len() as u64;
        self.most.admit(self.asked.as_str(), self.entries, self.bytes)?;
        Ok(bytes.into())
    }

    /// Adds the files below a folder; `within` are the folders that it lies in, itself among them.
    fn folder(
        &mut self,
        listed: Names,
        real: &Path,
        below: &str,
        within: &mut Vec<PathBuf>,
        out: &mut BTreeMap<SourcePath, Bytes>,
    ) -> Result<()> {
        let mut found = Vec::new();
        for name in listed {
            self.count()?;
            found.push(name.map_err(|source| Intent::Read.io_error(real, source))?);
        }
        for name in found {
            let place = real.join(&name);
            let name = name.into_string().map_err(|name| {
                let text = format!("{} holds {}, whose name is no text", self.asked, name.display());
                Error::invalid(codes::NAME_INVALID, text)
            })?;
            let path = SourcePath::new(format!("{below}{name}"))?;
            let named = SourcePath::new(format!("{}/{path}", self.asked))?;
            let real = self.real(&place, &named)?;
            if self.is_left_out(&real) {
                continue;
            }
            match self.open(&real, &named)? {
                Opened::File(file) => {
                    let bytes = self.file(&file, &real)?;
                    out.insert(path, bytes);
                }
                Opened::Folder(_) if within.contains(&real) => {
                    let text = format!("{named} is a link to where it lies");
                    return Err(Error::invalid(codes::FILE_TOO_LARGE, text).with_hint("remove the link"));
                }
                Opened::Folder(listed) => {
                    within.push(real.clone());
                    self.folder(listed, &real, &format!("{path}/"), within, out)?;
                    within.pop();
                }
            }
        }
        Ok(())
    }
}

fn missing(path: &SourcePath) -> Error {
    Error::not_found(codes::FILE_MISSING, format!("{path} is no file or folder of the project"))
        .with_hint("add it to the project, or write its path from the project's root")
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    async fn read(root: &Path, path: &str) -> Result<SourceContent> {
        read_within(root, path, SourceLimit::OF_SERVICE).await
    }

    async fn read_within(root: &Path, path: &str, most: SourceLimit) -> Result<SourceContent> {
        let state = root.join("state");
        FolderFiles::new().with_left_out(state).read(&SourceDir::new(root), &SourcePath::new(path)?, most).await
    }

    fn folder(content: SourceContent) -> Vec<String> {
        match content {
            SourceContent::Folder(files) => {
                files.iter().map(|(path, bytes)| format!("{path}={}", String::from_utf8_lossy(bytes))).collect()
            }
            other => panic!("no folder: {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_file_is_its_bytes_and_a_folder_is_the_files_below_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("conf/sub")).unwrap();
        fs::write(dir.path().join("conf/a"), "1").unwrap();
        fs::write(dir.path().join("conf/sub/b"), "2").unwrap();
        symlink("sub/b", dir.path().join("conf/link")).unwrap();
        assert_eq!(read(dir.path(), "conf/a").await.unwrap(), SourceContent::File("1".into()));
        assert_eq!(folder(read(dir.path(), "conf").await.unwrap()), ["a=1", "link=2", "sub/b=2"]);
    }

    #[tokio::test]
    async fn what_is_missing_or_leads_out_or_holds_itself_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("project");
        fs::create_dir_all(root.join("conf")).unwrap();
        fs::write(dir.path().join("secret"), "x").unwrap();
        symlink("../../secret", root.join("conf/out")).unwrap();
        symlink("/etc/hostname", root.join("absolute")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        fs::create_dir(root.join("round")).unwrap();
        symlink("..", root.join("round/up")).unwrap();
        for (path, code) in [
            ("gone", codes::FILE_MISSING),
            ("gone/below", codes::FILE_MISSING),
            ("dangling", codes::FILE_MISSING),
            ("conf/out", codes::FILE_ESCAPES),
            ("conf", codes::FILE_ESCAPES),
            ("absolute", codes::FILE_ESCAPES),
        ] {
            assert_eq!(read(&root, path).await.unwrap_err().code(), &code, "{path}");
        }
        fs::remove_file(root.join("absolute")).unwrap();
        fs::remove_file(root.join("conf/out")).unwrap();
        fs::remove_file(root.join("dangling")).unwrap();
        assert_eq!(read(&root, "round").await.unwrap_err().code(), &codes::FILE_TOO_LARGE);
    }

    #[tokio::test]
    async fn no_more_is_read_than_may_be_kept_and_nothing_of_the_state() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("all")).unwrap();
        let most = usize::try_from(SourceLimit::OF_SERVICE.bytes).unwrap();
        fs::write(dir.path().join("all/a"), vec![b'x'; most]).unwrap();
        assert!(read(dir.path(), "all").await.is_ok());
        fs::write(dir.path().join("all/b"), "y").unwrap();
        assert_eq!(read(dir.path(), "all").await.unwrap_err().code(), &codes::FILE_TOO_LARGE);
        fs::create_dir(dir.path().join("state")).unwrap();
        fs::write(dir.path().join("state/key"), "z").unwrap();
        assert_eq!(read(dir.path(), "state/key").await.unwrap_err().code(), &codes::FILE_MISSING);
    }

    #[tokio::test]
    async fn folders_count_as_often_as_links_lead_to_them() {
        let dir = tempfile::tempdir().unwrap();
        // Each folder is led to twice from the one above: a million ways to the last.
        for i in 0..20 {
            let folder = dir.path().join(format!("all/{i}"));
            fs::create_dir_all(&folder).unwrap();
            symlink(format!("../{}", i + 1), folder.join("a")).unwrap();
            symlink(format!("../{}", i + 1), folder.join("b")).unwrap();
        }
        fs::create_dir(dir.path().join("all/20")).unwrap();
        assert_eq!(read(dir.path(), "all/0").await.unwrap_err().code(), &codes::FILE_TOO_LARGE);
        assert_eq!(folder(read(dir.path(), "all/15").await.unwrap()), [""; 0]);
    }

    #[tokio::test]
    async fn no_more_is_read_than_is_left() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("all/sub")).unwrap();
        fs::write(dir.path().join("all/sub/a"), "123").unwrap();
        let left = |files, bytes| {
            let most = SourceLimit::OF_SERVICE;
            most.minus(most.files - files, most.bytes - bytes)
        };
        assert!(read_within(dir.path(), "all", left(2, 3)).await.is_ok());
        assert!(read_within(dir.path(), "all/sub/a", left(1, 3)).await.is_ok());
        for (path, most) in [("all", left(1, 3)), ("all", left(2, 2)), ("all/sub/a", left(0, 3))] {
            assert_eq!(read_within(dir.path(), path, most).await.unwrap_err().code(), &codes::FILE_TOO_LARGE, "{path}");
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_pipe_is_no_file_and_nobody_waits_for_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("conf")).unwrap();
        let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR);
        rustix::fs::mknodat(rustix::fs::CWD, dir.path().join("conf/pipe"), kind, mode, 0).unwrap();
        for path in ["conf/pipe", "conf"] {
            assert_eq!(read(dir.path(), path).await.unwrap_err().code(), &codes::FILE_MISSING, "{path}");
        }
    }
}
