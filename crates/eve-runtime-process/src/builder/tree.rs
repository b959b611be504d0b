//! A tree of files: listed, digested, copied.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use eve_core::{Cancel, Digest, DigestHasher, Error, Ignore, Result, codes};
use rustix::fs::OFlags;

use crate::state_dir::{io_error, make_dir};

/// What a tree holds, sorted by path.
#[derive(Debug, Default)]
pub(super) struct Tree {
    entries: Vec<(PathBuf, Kind)>,
}

#[derive(Debug)]
enum Kind {
    Folder,
    File { executable: bool },
    Link { to: PathBuf },
}

/// A copy of a tree.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) digest: Digest,
    pub(super) files: u64,
    pub(super) bytes: u64,
}

impl Tree {
    /// Everything below a folder that is not left out.
    ///
    /// # Errors
    /// `build.context_escapes` for a link that leads out; `build.failed` for what is neither folder,
    /// file nor link, or cannot be read; `cancelled`.
    pub(super) fn list(root: &Path, ignore: &Ignore, cancel: &Cancel) -> Result<Self> {
        let mut tree = Self::default();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            cancel.check()?;
            let path = root.join(&folder);
            for entry in fs::read_dir(&path).map_err(|e| unreadable(&folder, e))? {
                let entry = entry.map_err(|e| unreadable(&folder, e))?;
                let name = folder.join(entry.file_name());
                let meta = entry.path().symlink_metadata().map_err(|e| unreadable(&name, e))?;
                let left_out = ignore.leaves_out(&name);
                if left_out && !(meta.is_dir() && ignore.may_take_in_below(&name)) {
                    continue;
                }
                let kind = if meta.is_dir() {
                    folders.push(name.clone());
                    Kind::Folder
                } else if meta.is_file() {
                    Kind::File { executable: meta.permissions().mode() & 0o111 != 0 }
                } else if meta.is_symlink() {
                    let to = fs::read_link(entry.path()).map_err(|e| unreadable(&name, e))?;
                    check_link(&name, &to)?;
                    Kind::Link { to }
                } else {
                    let text = format!("{} is neither a file, a folder nor a link", name.display());
                    return Err(Error::failed(codes::BUILD_FAILED, text).with_hint("name it in .dockerignore"));
                };
                tree.entries.push((name, kind));
            }
        }
        tree.entries.sort_by(|a, b| a.0.as_os_str().as_bytes().cmp(b.0.as_os_str().as_bytes()));
        Ok(tree)
    }

    /// Copies the tree and digests what was copied: paths, contents, links and whether a file can be
    /// run. What a file says is read once, so the digest is that of the copy. Files are made
    /// read-only.
    ///
    /// # Errors
    /// `build.failed` if something cannot be read; `state.disk_full`, `state.io`; `cancelled`.
    pub(super) fn copy(&self, from: &Path, to: &Path, cancel: &Cancel) -> Result<Copied> {
        let mut hasher = Digest::hasher();
        let (mut files, mut bytes) = (0, 0);
        for (name, kind) in &self.entries {
            cancel.check()?;
            let target = to.join(name);
            match kind {
                Kind::Folder => {
                    feed(&mut hasher, b"folder", name.as_os_str().as_bytes());
                    make_dir(&target).map_err(|e| io_error("make", &target, e))?;
                }
                Kind::Link { to } => {
                    feed(&mut hasher, b"link", name.as_os_str().as_bytes());
                    feed(&mut hasher, b"to", to.as_os_str().as_bytes());
                    std::os::unix::fs::symlink(to, &target).map_err(|e| io_error("make", &target, e))?;
                }
                Kind::File { executable } => {
                    let what: &[u8] = if *executable { b"program" } else { b"file" };
                    feed(&mut hasher, what, name.as_os_str().as_bytes());
                    let (size, content) = copy_file(&from.join(name), name, &target, *executable, cancel)?;
                    feed(&mut hasher, b"content", content.hex().as_bytes());
                    files += 1;
                    bytes += size;
                }
            }
        }
        Ok(Copied { digest: hasher.finish(), files, bytes })
    }
}

/// Feeds a field so that no two sequences of fields feed the same bytes.
fn feed(hasher: &mut DigestHasher, what: &[u8], bytes: &[u8]) {
    hasher.update(what);
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn copy_file(from: &Path, name: &Path, to: &Path, executable: bool, cancel: &Cancel) -> Result<(u64, Digest)> {
    // It was a file when it was listed: what became a link since is not followed.
    let source = OpenOptions::new().read(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(from);
    let mut source = source.map_err(|e| unreadable(name, e))?;
    let mode = if executable { 0o555 } else { 0o444 };
    let target = OpenOptions::new().write(true).create_new(true).mode(mode).open(to);
    let mut target = target.map_err(|e| io_error("make", to, e))?;
    let (mut hasher, mut size) = (Digest::hasher(), 0);
    let mut chunk = vec![0; 128 * 1024];
    loop {
        cancel.check()?;
        let n = source.read(&mut chunk).map_err(|e| unreadable(name, e))?;
        if n == 0 {
            return Ok((size, hasher.finish()));
        }
        hasher.update(&chunk[..n]);
        target.write_all(&chunk[..n]).map_err(|e| io_error("write", to, e))?;
        size += n as u64;
    }
}

/// A link is kept as it is, so it must be relative and never lead above the root.
///
/// `..` may only stand at the beginning: there it counts from a folder that is known to be real.
/// After a name it would count from wherever that name's own link leads.
fn check_link(name: &Path, to: &Path) -> Result<()> {
    let mut depth = name.components().count().saturating_sub(1);
    let mut went_down = false;
    for part in to.components() {
        let inside = match part {
            Component::CurDir => true,
            Component::Normal(_) => {
                went_down = true;
                true
            }
            Component::ParentDir if went_down || depth == 0 => false,
            Component::ParentDir => {
                depth -= 1;
                true
            }
            Component::RootDir | Component::Prefix(_) => false,
        };
        if !inside {
            let text = format!("link {} may lead out of the build context", name.display());
            return Err(Error::invalid(codes::BUILD_CONTEXT_ESCAPES, text)
                .with_hint("copy the file, write `..` only at the link's beginning, or name it in .dockerignore"));
        }
    }
    Ok(())
}

fn unreadable(name: &Path, error: std::io::Error) -> Error {
    Error::failed(codes::BUILD_FAILED, format!("{} of the build context cannot be read", name.display()))
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_may_go_up_but_not_out() {
        let ok = |name: &str, to: &str| check_link(Path::new(name), Path::new(to)).is_ok();
        assert!(ok("a/b/link", "../../c"));
        assert!(ok("link", "./a/b"));
        assert!(!ok("a/b/link", "../../../c"));
        assert!(!ok("link", "/etc/passwd"));
        assert!(!ok("link", "a/../../b"));
        assert!(!ok("link", "a/b/up/../b"), "`up` may be a link to the root");
    }
}
