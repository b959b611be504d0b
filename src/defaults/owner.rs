//! Who owns what a state directory holds on a Docker Engine.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use eve_core::{Env as _, Error, Result, SystemEnv, codes};
use eve_runtime_docker::Owner;

/// The file that holds the name.
const FILE: &str = "docker.owner";
/// The owner of nothing: what a directory is that was never worked on.
const NOBODY: &str = "eve-nobody";

/// The name that was made for a state directory, once: it moves with the directory, and no other one has
/// it, whatever its path. Nobody's if there is none.
///
/// # Errors
/// `state.unreadable`, `state.io`.
pub(super) fn known(dir: &Path) -> Result<Owner> {
    match fs::read_to_string(dir.join(FILE)) {
        Ok(text) => Owner::new(text.trim_end()).map_err(|e| {
            Error::corrupt(codes::STATE_UNREADABLE, format!("{FILE} of the state directory holds no name"))
                .with_source(e)
        }),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Owner::new(NOBODY),
        Err(e) => Err(failed(e)),
    }
}

/// The same, made where there is none yet.
///
/// # Errors
/// `state.unreadable`, `state.io`.
pub(super) fn made(dir: &Path) -> Result<Owner> {
    let env = SystemEnv::new();
    let name = format!("eve-{:016x}{:016x}\n", env.random(), env.random());
    // Whole or not at all, and only once: whoever comes at the same time reads what is there then.
    let draft = dir.join(format!("{FILE}.{:016x}", env.random()));
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(name.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&draft, dir.join(FILE)) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
            _ => Ok(()),
        }
    };
    if !dir.join(FILE).exists() {
        let written = write();
        // It is the link that stays.
        let _ = fs::remove_file(&draft);
        written.map_err(failed)?;
    }
    known(dir)
}

fn failed(cause: io::Error) -> Error {
    Error::unavailable(codes::STATE_IO, format!("{FILE} of the state directory cannot be read or written"))
        .with_source(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_once_and_moves_with_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        fs::create_dir(&one).unwrap();
        assert_eq!(known(&one).unwrap().as_str(), NOBODY);
        let owner = made(&one).unwrap();
        assert_eq!(made(&one).unwrap(), owner);
        fs::rename(&one, &two).unwrap();
        assert_eq!(known(&two).unwrap(), owner);
        fs::create_dir(&one).unwrap();
        assert_ne!(made(&one).unwrap(), owner);
        assert_eq!(fs::read_dir(&one).unwrap().count(), 1);
    }
}
