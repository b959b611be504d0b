//! Who owns what a state directory holds on an engine or a cluster.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use eve_core::{Env as _, Error, Result, SystemEnv, codes};

/// The file that holds the name on a Docker Engine.
#[cfg(feature = "docker")]
pub(super) const DOCKER: &str = "docker.owner";
/// The file that holds the name on a Kubernetes cluster.
#[cfg(feature = "k8s")]
pub(super) const KUBERNETES: &str = "kubernetes.owner";
/// The owner of nothing: what a directory is that was never worked on.
const NOBODY: &str = "eve-nobody";

/// The name that was made for a state directory, once: it moves with the directory, and no other one has
/// it, whatever its path. Nobody's if there is none.
///
/// # Errors
/// `state.unreadable`, `state.io`.
pub(super) fn known<O>(dir: &Path, file: &str, read: impl Fn(String) -> Result<O>) -> Result<O> {
    match fs::read_to_string(dir.join(file)) {
        Ok(text) => read(text.trim_end().to_owned()).map_err(|e| {
            Error::corrupt(codes::STATE_UNREADABLE, format!("{file} of the state directory holds no name"))
                .with_source(e)
        }),
        Err(e) if e.kind() == io::ErrorKind::NotFound => read(NOBODY.to_owned()),
        Err(e) => Err(failed(file, e)),
    }
}

/// The same, made where there is none yet.
///
/// # Errors
/// `state.unreadable`, `state.io`.
pub(super) fn made<O>(dir: &Path, file: &str, read: impl Fn(String) -> Result<O>) -> Result<O> {
    let env = SystemEnv::new();
    let name = format!("eve-{:016x}{:016x}\n", env.random(), env.random());
    // Whole or not at all, and only once: whoever comes at the same time reads what is there then.
    let draft = dir.join(format!("{file}.{:016x}", env.random()));
    let write = || -> io::Result<()> {
        let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        open.write_all(name.as_bytes())?;
        open.sync_all()?;
        match fs::hard_link(&draft, dir.join(file)) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
            _ => Ok(()),
        }
    };
    if !dir.join(file).exists() {
        let written = write();
        // It is the link that stays.
        let _ = fs::remove_file(&draft);
        written.map_err(|e| failed(file, e))?;
    }
    known(dir, file, read)
}

fn failed(file: &str, cause: io::Error) -> Error {
    Error::unavailable(codes::STATE_IO, format!("{file} of the state directory cannot be read or written"))
        .with_source(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_once_and_moves_with_its_directory() {
        const FILE: &str = "some.owner";
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        fs::create_dir(&one).unwrap();
        let (known, made) = (|dir: &Path| known(dir, FILE, Ok).unwrap(), |dir: &Path| made(dir, FILE, Ok).unwrap());
        assert_eq!(known(&one), NOBODY);
        let owner = made(&one);
        assert_eq!(made(&one), owner);
        fs::rename(&one, &two).unwrap();
        assert_eq!(known(&two), owner);
        fs::create_dir(&one).unwrap();
        assert_ne!(made(&one), owner);
        assert_eq!(fs::read_dir(&one).unwrap().count(), 1);
    }
}
