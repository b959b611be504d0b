//! Which form the stored state has.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use eve_core::{Error, Result, codes};

use crate::atomic_file::AtomicFile;
use crate::intent::{Intent, unreadable};

/// The form that this version writes. In form 2 several may write at once, and `holders/` shows who
/// of them lives. In form 1 one held `lock` as long as it was open, and ended all leases of others.
pub(crate) const SCHEMA: u32 = 2;

/// The oldest form that this version reads. Whoever opens it for writing gives it the present form.
const OLDEST: u32 = 1;

const FILE: &str = "VERSION";

/// The form of the state in a directory, checked to be one that this version reads. None if the
/// directory was never set up to its end.
pub(crate) fn stored(dir: &Path) -> Result<Option<u32>> {
    let path = dir.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) if source.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) if source.kind() == ErrorKind::InvalidData => return Err(unreadable(&path).with_source(source)),
        Err(source) => return Err(Intent::Read.io_error(&path, source)),
    };
    let number = text.trim_end().parse().map_err(|source| unreadable(&path).with_source(source))?;
    check(dir, number)?;
    Ok(Some(number))
}

/// Refuses a form that this version does not read.
pub(crate) fn check(dir: &Path, number: u32) -> Result<()> {
    if (OLDEST..=SCHEMA).contains(&number) {
        return Ok(());
    }
    let text = format!("{} has form {number}, this version reads {OLDEST} to {SCHEMA}", dir.display());
    let hint = if number > SCHEMA {
        "use the newer version that wrote it, or another state directory"
    } else {
        "open it once with an older version that reads both forms"
    };
    Err(Error::corrupt(codes::STATE_VERSION, text).with_hint(hint))
}

/// Writes the form down. This is the last step of setting a directory up: what lacks it is set up
/// again.
pub(crate) fn write(dir: &Path) -> Result<()> {
    let path = dir.join(FILE);
    AtomicFile::beside(&path)
        .write(format!("{SCHEMA}\n").as_bytes())
        .map_err(|source| Intent::Write.io_error(&path, source))
}
