//! Where the files of a manifest come from.

use std::collections::BTreeMap;
use std::fmt;

use eve_core::{Error, Result};

use crate::codes;

/// Finds the files that a manifest is made of, by their names. This crate opens none itself.
pub trait Loader: fmt::Debug {
    /// The bytes of a file. Of one that has more than `most`, one more than that is enough: whoever reads refuses it then.
    ///
    /// # Errors
    /// [`codes::NOT_FOUND`] if there is no such file, [`codes::UNREADABLE`] if it is no regular one or cannot be read.
    fn load(&self, name: &str, most: usize) -> Result<Vec<u8>>;
}

/// Files in memory.
///
/// ```
/// use eve_manifest::{Limits, Loader as _, Manifest, MemoryLoader, Text};
///
/// let files = MemoryLoader::default().with_file("m.yaml", "name: shop\nservices: {}\n");
/// let limits = Limits::default();
/// let bytes = files.load("m.yaml", limits.bytes)?;
/// assert_eq!(Manifest::parse(Text::of_bytes("m.yaml", &bytes)?, &limits)?.name(), Some("shop"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryLoader(BTreeMap<String, Vec<u8>>);

impl MemoryLoader {
    /// Adds a file, or replaces one.
    pub fn with_file(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.insert(name.into(), bytes.into());
        self
    }
}

impl Loader for MemoryLoader {
    fn load(&self, name: &str, most: usize) -> Result<Vec<u8>> {
        let missing = || Error::not_found(codes::NOT_FOUND, format!("there is no file `{}`", name.escape_debug()));
        self.0.get(name).map(|bytes| bytes[..bytes.len().min(most.saturating_add(1))].to_vec()).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Manifest, Text};

    #[test]
    fn of_a_file_that_is_too_long_no_more_is_loaded_than_tells_so() {
        let files = MemoryLoader::default().with_file("m.yaml", vec![b' '; 1000]);
        let limits = Limits::new(10, 64, 100);
        let bytes = files.load("m.yaml", limits.bytes).unwrap();
        assert_eq!(bytes.len(), 11);
        let problems = Manifest::parse(Text::of_bytes("m.yaml", &bytes).unwrap(), &limits).unwrap_err();
        assert_eq!(problems.first().code, codes::SIZE_LIMIT);
        assert_eq!(files.load("n.yaml", 10).unwrap_err().code(), &codes::NOT_FOUND);
    }
}
