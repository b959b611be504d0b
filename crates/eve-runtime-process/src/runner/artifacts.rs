//! The files that an attempt left.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use eve_core::{Error, Result, codes};

use crate::state_dir::io_error;

/// How much an attempt may leave in all.
const MOST: u64 = 64 * 1024 * 1024;

/// Every file below a folder, by its path relative to it. Links are not followed: they would lead
/// to files that the attempt did not make.
///
/// # Errors
/// `state.io`; `backend.io` if there is more than 64 MiB.
pub(super) fn collect(root: &Path) -> Result<BTreeMap<String, Bytes>> {
    let mut found = BTreeMap::new();
    let mut left = MOST;
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => return Err(io_error("read", &folder, e)),
        };
        for entry in entries {
            let entry = entry.map_err(|e| io_error("read", &folder, e))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|e| io_error("read", &path, e))?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let size = entry.metadata().map_err(|e| io_error("read", &path, e))?.len();
                left = left.checked_sub(size).ok_or_else(too_much)?;
                let bytes = fs::read(&path).map_err(|e| io_error("read", &path, e))?;
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
                found.insert(name, bytes.into());
            }
        }
    }
    Ok(found)
}

fn too_much() -> Error {
    Error::invalid(codes::BACKEND_IO, format!("the attempt left more than {} MiB of files", MOST >> 20))
        .with_hint("leave large files in a store of their own")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_their_path_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        fs::write(dir.path().join("a/b"), "x").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("c")).unwrap();
        let found = collect(dir.path()).unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [("a/b".to_owned(), Bytes::from("x"))]);
    }

    #[test]
    fn too_much_is_refused_before_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::File::create(dir.path().join("sparse")).unwrap().set_len(MOST + 1).unwrap();
        assert_eq!(collect(dir.path()).unwrap_err().code(), &codes::BACKEND_IO);
    }
}
