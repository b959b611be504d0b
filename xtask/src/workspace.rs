//! Where the project's files are.

use std::path::Path;

use crate::failure::{Failure, Result};
use crate::step::Program;

/// The root folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// The project's files, relative to the root: what is tracked, and what would be with the next commit.
pub(crate) fn files() -> Result<Vec<String>> {
    let args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let list = Program::new("git", &args).output()?;
    let mut files: Vec<String> = list.split_terminator('\0').map(str::to_owned).collect();
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files.dedup();
    if files.is_empty() { Err(Failure::new("git lists no files")) } else { Ok(files) }
}

/// The text of one of the project's files.
pub(crate) fn read(file: &str) -> Result<String> {
    std::fs::read_to_string(root().join(file)).map_err(|error| Failure::new(format!("cannot read {file}: {error}")))
}

/// True for a file of Rust.
pub(crate) fn is_rust(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "rs")
}
