//! What is put into a container before it starts, as the engine takes it.

use std::io;

use eve_core::{Error, Result, codes};

/// Files with their modes and owners. It has no folders: one that is there would be given the owner and mode
/// of the archive's. Those that lead to files and are not there are made by the engine, and those that are
/// there stay as they are.
pub(crate) struct Archive(tar::Builder<Vec<u8>>);

impl Archive {
    pub(crate) fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    /// A file.
    pub(crate) fn file(&mut self, path: &str, bytes: &[u8], mode: u32, owner: u32) -> Result<()> {
        let mut header = header(tar::EntryType::Regular, mode, owner, bytes.len() as u64);
        self.0.append_data(&mut header, below_root(path), bytes).map_err(|e| unfit(path, e))
    }

    /// A link to another path of the container.
    pub(crate) fn link(&mut self, path: &str, to: &str) -> Result<()> {
        let mut header = header(tar::EntryType::Symlink, 0o777, 0, 0);
        self.0.append_link(&mut header, below_root(path), to).map_err(|e| unfit(path, e))
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>> {
        self.0.into_inner().map_err(|e| unfit("/", e))
    }
}

fn header(kind: tar::EntryType, mode: u32, owner: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(owner.into());
    header.set_gid(0);
    header.set_size(size);
    header.set_mtime(0);
    header
}

/// A path as archives have it.
fn below_root(path: &str) -> &str {
    path.trim_start_matches('/')
}

fn unfit(path: &str, cause: io::Error) -> Error {
    Error::invalid(codes::PLAN_REFUSED, format!("nothing can be put at {path}")).with_source(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_their_modes_and_owners_also_under_long_names() {
        let long = format!("/{}/file", ["folder"; 40].join("/"));
        let mut archive = Archive::new();
        archive.file("/etc/app/a", b"1", 0o444, 0).unwrap();
        archive.file(&long, b"2", 0o400, 1000).unwrap();
        archive.link("/etc/key", "/run/secrets/KEY").unwrap();
        let bytes = archive.finish().unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let read = |entry: io::Result<tar::Entry<'_, &[u8]>>| {
            let entry = entry.unwrap();
            let header = entry.header();
            (entry.path().unwrap().to_string_lossy().into_owned(), header.mode().unwrap(), header.uid().unwrap())
        };
        let found: Vec<_> = archive.entries().unwrap().map(read).collect();
        let expected = [("etc/app/a", 0o444, 0), (&long[1..], 0o400, 1000), ("etc/key", 0o777, 0)];
        assert_eq!(found, expected.map(|(path, mode, owner)| (path.to_owned(), mode, owner)));
    }
}
