//! Files of a project's folder.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::{Error, Result, SourceContent, SourceDir, SourceFiles, SourcePath, codes};

use crate::blocking::blocking;
use crate::intent::Intent;

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
    async fn read(&self, source: &SourceDir, path: &SourcePath) -> Result<SourceContent> {
        let (left_out, root, path) = (self.left_out.clone(), source.path().to_owned(), path.clone());
        blocking(move || {
            let root = root.canonicalize().map_err(|source| match source.kind() {
                ErrorKind::NotFound => missing(&path).with_source(source),
                _ => Intent::Read.io_error(&root, source),
            })?;
            let left_out = left_out.iter().filter_map(|dir| dir.canonicalize().ok()).collect();
            Reading { root, left_out, asked: &path, files: 0, bytes: 0 }.read()
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
    left_out: Vec<PathBuf>,
    asked: &'a SourcePath,
    files: usize,
    bytes: u64,
}

impl Reading<'_> {
    fn read(mut self) -> Result<SourceContent> {
        let real = self.real(&self.root.join(self.asked.as_str()), self.asked)?;
        if self.is_left_out(&real) {
            return Err(missing(self.asked).with_hint("it is where Eve keeps its state: name another folder"));
        }
        if !real.is_dir() {
            return Ok(SourceContent::File(self.file(&real, self.asked)?));
        }
        let mut files = BTreeMap::new();
        self.folder(&real, "", &mut vec![real.clone()], &mut files)?;
        Ok(SourceContent::Folder(files))
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

    fn file(&mut self, real: &Path, named: &SourcePath) -> Result<Bytes> {
        let unreadable = |source| Intent::Read.io_error(real, source);
        // Opening a pipe would wait for whoever writes into it.
        if !real.metadata().map_err(unreadable)?.is_file() {
            return Err(missing(named));
        }
        self.files += 1;
        let left = SourceContent::MOST_BYTES.saturating_sub(self.bytes);
        let mut bytes = Vec::new();
        File::open(real).and_then(|file| file.take(left + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
        self.bytes += bytes.len() as u64;
        SourceContent::admit(self.asked.as_str(), self.files, self.bytes)?;
        Ok(bytes.into())
    }

    /// Adds the files below a folder; `within` are the folders that it lies in, itself among them.
    fn folder(
        &mut self,
        real: &Path,
        below: &str,
        within: &mut Vec<PathBuf>,
        out: &mut BTreeMap<SourcePath, Bytes>,
    ) -> Result<()> {
        let unreadable = |source| Intent::Read.io_error(real, source);
        for entry in fs::read_dir(real).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().into_string().map_err(|name| {
                let text = format!("{} holds {}, whose name is no text", self.asked, name.display());
                Error::invalid(codes::NAME_INVALID, text)
            })?;
            let path = SourcePath::new(format!("{below}{name}"))?;
            let named = SourcePath::new(format!("{}/{path}", self.asked))?;
            let real = self.real(&entry.path(), &named)?;
            if self.is_left_out(&real) {
                continue;
            }
            if !real.is_dir() {
                let bytes = self.file(&real, &named)?;
                out.insert(path, bytes);
                continue;
            }
            if within.contains(&real) {
                return Err(Error::invalid(codes::FILE_TOO_LARGE, format!("{named} is a link to where it lies"))
                    .with_hint("remove the link"));
            }
            within.push(real.clone());
            self.folder(&real, &format!("{path}/"), within, out)?;
            within.pop();
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
    use std::os::unix::fs::symlink;

    use super::*;

    async fn read(root: &Path, path: &str) -> Result<SourceContent> {
        let state = root.join("state");
        FolderFiles::new().with_left_out(state).read(&SourceDir::new(root), &SourcePath::new(path)?).await
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
        let most = usize::try_from(SourceContent::MOST_BYTES).unwrap();
        fs::write(dir.path().join("all/a"), vec![b'x'; most]).unwrap();
        assert!(read(dir.path(), "all").await.is_ok());
        fs::write(dir.path().join("all/b"), "y").unwrap();
        assert_eq!(read(dir.path(), "all").await.unwrap_err().code(), &codes::FILE_TOO_LARGE);
        fs::create_dir(dir.path().join("state")).unwrap();
        fs::write(dir.path().join("state/key"), "z").unwrap();
        assert_eq!(read(dir.path(), "state/key").await.unwrap_err().code(), &codes::FILE_MISSING);
    }
}
