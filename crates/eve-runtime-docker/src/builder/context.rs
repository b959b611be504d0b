//! The folder that an image is made from, as the engine takes it.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use eve_core::{Error, Ignore, Result, codes};

/// How large a context may be.
const MOST: u64 = 2 << 30;

/// The real folder of a build context.
///
/// # Errors
/// `build.context_escapes` if the path, or a link in it, leads out of the project;
/// `build.context_missing` if it is no folder.
pub(super) fn resolve(root: &Path, context: &str) -> Result<PathBuf> {
    let path = Path::new(context);
    if path.components().any(|part| matches!(part, Component::ParentDir | Component::RootDir | Component::Prefix(_))) {
        // `a/../b` stays inside, and nobody has to write it.
        return Err(escapes(context));
    }
    let missing = |e: io::Error| missing(context).with_source(e);
    let root = root.canonicalize().map_err(missing)?;
    let real = root.join(path).canonicalize().map_err(missing)?;
    if !real.starts_with(&root) {
        return Err(escapes(context));
    }
    if !real.is_dir() {
        return Err(self::missing(context));
    }
    Ok(real)
}

/// A context as an archive: equal files give an equal one, whoever owns them and whenever they were
/// written. Links are handed on as links: the engine follows them inside the context alone.
///
/// # Errors
/// `backend.io` for what cannot be read, or is too large.
pub(super) fn archive(folder: &Path, never: Vec<PathBuf>) -> Result<Vec<u8>> {
    let file = folder.join(".dockerignore");
    let rules = match own_text(folder, &file) {
        Ok(text) => Ignore::parse(&text),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ignore::default(),
        Err(e) => return Err(unreadable(&file, e)),
    };
    let mut archive =
        Archive { folder, rules: rules.with_never(never), tar: tar::Builder::new(Vec::new()), left: MOST };
    archive.add_folder(Path::new(""))?;
    archive.tar.into_inner().map_err(|e| unreadable(folder, e))
}

/// The folders that lie in a context, from its root on.
pub(super) fn below(folder: &Path, places: &[PathBuf]) -> Vec<PathBuf> {
    let real = places.iter().filter_map(|place| place.canonicalize().ok());
    real.filter_map(|place| Some(place.strip_prefix(folder).ok()?.to_owned())).collect()
}

/// The text of a file of the context; a link that leads out of it is denied.
fn own_text(folder: &Path, file: &Path) -> io::Result<String> {
    let real = file.canonicalize()?;
    if !real.starts_with(folder) {
        let text = "it is a link that leads out of the build context";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    fs::read_to_string(real)
}

struct Archive<'a> {
    folder: &'a Path,
    rules: Ignore,
    tar: tar::Builder<Vec<u8>>,
    left: u64,
}

impl Archive<'_> {
    fn add_folder(&mut self, below: &Path) -> Result<()> {
        let path = self.folder.join(below);
        let entries = fs::read_dir(&path).map_err(|e| unreadable(&path, e))?;
        let mut names: Vec<_> =
            entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>().map_err(|e| unreadable(&path, e))?;
        names.sort();
        for name in names {
            self.add(&below.join(name))?;
        }
        Ok(())
    }

    fn add(&mut self, name: &Path) -> Result<()> {
        let path = self.folder.join(name);
        let about = path.symlink_metadata().map_err(|e| unreadable(&path, e))?;
        // The engine reads these itself, whatever they say of themselves.
        let needed = name == Path::new("Dockerfile") || name == Path::new(".dockerignore");
        let left_out = !needed && self.rules.leaves_out(name);
        if about.is_dir() {
            if !left_out {
                self.put(name, &header(tar::EntryType::Directory, 0o755, 0), &[])?;
            } else if !self.rules.may_take_in_below(name) {
                return Ok(());
            }
            return self.add_folder(name);
        }
        if left_out {
            return Ok(());
        }
        if about.is_symlink() {
            let target = fs::read_link(&path).map_err(|e| unreadable(&path, e))?;
            let mut header = header(tar::EntryType::Symlink, 0o777, 0);
            return self.tar.append_link(&mut header, name, target).map_err(|e| unreadable(&path, e));
        }
        if !about.is_file() {
            // A socket or pipe is no part of an image.
            return Ok(());
        }
        self.left = self.left.checked_sub(about.len()).ok_or_else(too_large)?;
        let bytes = fs::read(&path).map_err(|e| unreadable(&path, e))?;
        let mode = if about.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 };
        self.put(name, &header(tar::EntryType::Regular, mode, bytes.len() as u64), &bytes)
    }

    fn put(&mut self, name: &Path, header: &tar::Header, bytes: &[u8]) -> Result<()> {
        let mut header = header.clone();
        self.tar.append_data(&mut header, name, bytes).map_err(|e| unreadable(&self.folder.join(name), e))
    }
}

fn header(kind: tar::EntryType, mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header
}

fn unreadable(path: &Path, cause: io::Error) -> Error {
    Error::failed(codes::BACKEND_IO, format!("{} cannot be read", path.display())).with_source(cause)
}

fn too_large() -> Error {
    Error::invalid(codes::BACKEND_IO, format!("the build context holds more than {} MiB", MOST >> 20))
        .with_hint("leave out what the image does not need with a .dockerignore")
}

fn escapes(context: &str) -> Error {
    Error::invalid(codes::BUILD_CONTEXT_ESCAPES, format!("build context `{context}` leads out of the project"))
        .with_hint("name a folder below the project's root, without `..`")
}

fn missing(context: &str) -> Error {
    Error::not_found(codes::BUILD_CONTEXT_MISSING, format!("build context `{context}` is not a folder of the project"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// The names in an archive, and the modes of files.
    fn names(archive: &[u8]) -> Vec<String> {
        let mut archive = tar::Archive::new(archive);
        archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().to_string_lossy().into_owned()).collect()
    }

    fn context() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        (dir, root)
    }

    #[test]
    fn equal_files_give_an_equal_archive_wherever_and_whenever_they_were_written() {
        let archives = [0, 1].map(|_| {
            let (_dir, root) = context();
            fs::create_dir(root.join("b")).unwrap();
            fs::write(root.join("b/x"), "1").unwrap();
            fs::write(root.join("a"), "2").unwrap();
            archive(&root, Vec::new()).unwrap()
        });
        assert_eq!(names(&archives[0]), ["a", "b", "b/x"]);
        assert_eq!(archives[0], archives[1]);
    }

    #[test]
    fn what_is_left_out_is_not_read_and_what_the_engine_needs_is_there() {
        let (_dir, root) = context();
        fs::write(root.join(".dockerignore"), "*\n!keep\n").unwrap();
        for name in ["Dockerfile", "keep", "drop"] {
            fs::write(root.join(name), "x").unwrap();
        }
        fs::create_dir_all(root.join("own/secrets")).unwrap();
        assert_eq!(names(&archive(&root, Vec::new()).unwrap()), [".dockerignore", "Dockerfile", "keep"]);
        fs::remove_file(root.join(".dockerignore")).unwrap();
        let never = below(&root, &[root.join("own")]);
        assert_eq!(names(&archive(&root, never).unwrap()), ["Dockerfile", "drop", "keep"]);
    }

    #[test]
    fn links_are_links_and_lead_nowhere_here() {
        let (_dir, root) = context();
        symlink("/etc/hostname", root.join("out")).unwrap();
        let packed = archive(&root, Vec::new()).unwrap();
        assert_eq!(names(&packed), ["out"]);
        assert!(
            !packed
                .windows(8)
                .any(|eight| Some(eight) == fs::read("/etc/hostname").ok().as_deref().and_then(|t| t.get(..8)))
        );
        symlink("/etc/hostname", root.join(".dockerignore")).unwrap();
        assert_eq!(archive(&root, Vec::new()).unwrap_err().code(), &codes::BACKEND_IO);
    }
}
