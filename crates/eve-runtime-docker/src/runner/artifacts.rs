//! The files that an attempt left.

use std::collections::BTreeMap;
use std::io::Read as _;

use bytes::Bytes;
use eve_core::{Error, Result, codes};

/// How much an attempt may leave in all.
pub(super) const MOST: usize = 64 * 1024 * 1024;

/// Every file of an archive of a folder, by its path below it. Links are left out: they would lead to
/// files that the attempt did not make.
///
/// # Errors
/// `backend.io` if it cannot be read.
pub(super) fn collect(archive: &[u8]) -> Result<BTreeMap<String, Bytes>> {
    let broken =
        |e: std::io::Error| Error::failed(codes::BACKEND_IO, "what the attempt left cannot be read").with_source(e);
    let mut found = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path().map_err(broken)?.into_owned();
        // The first part is the folder itself.
        let name: std::path::PathBuf = path.components().skip(1).collect();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(broken)?;
        found.insert(name.to_string_lossy().into_owned(), bytes.into());
    }
    Ok(found)
}

pub(super) fn too_much() -> Error {
    Error::invalid(codes::BACKEND_IO, format!("the attempt left more than {} MiB of files", MOST >> 20))
        .with_hint("leave large files in a store of their own")
}
