//! Files of this machine, for manifests.

use std::fs;
use std::io::{self, Read as _};

use eve::manifest::{Loader, codes};
use eve::{Error, Result};

/// Files of this machine: regular ones, by their path.
#[derive(Debug)]
pub(crate) struct FileLoader;

impl Loader for FileLoader {
    fn load(&self, name: &str, most: usize) -> Result<Vec<u8>> {
        let failed = |source: io::Error| {
            let text = format!("{name} cannot be read");
            let error = match source.kind() {
                io::ErrorKind::NotFound => Error::not_found(codes::NOT_FOUND, text),
                _ => Error::invalid(codes::UNREADABLE, text),
            };
            error.with_source(source)
        };
        // What is no regular file may wait for ever when it is opened.
        if !fs::metadata(name).map_err(failed)?.is_file() {
            return Err(Error::invalid(codes::UNREADABLE, format!("{name} is not a regular file")));
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(name).map_err(failed)?;
        file.take((most as u64).saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}
