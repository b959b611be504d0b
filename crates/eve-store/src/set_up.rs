//! The lock under which a state directory is set up.

use std::path::{Path, PathBuf};
use std::time::Duration;

use eve_core::{Error, Result, codes};

use crate::intent::Intent;
use crate::locked_file::{LockedFile, held_text};
use crate::version;
use crate::who::Who;

/// How long one waits for another one that sets the directory up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The right to set a state directory up, or to give it its present form: one at a time has it.
///
/// An engine that knows form 1 only has it as long as it is open, so nobody changes the form under
/// its hands.
#[derive(Debug)]
pub(crate) struct SetUp {
    dir: PathBuf,
    _lock: LockedFile,
}

impl SetUp {
    /// Begins where the directory lacks its present form. None where it has it.
    pub(crate) fn begin(dir: &Path, purpose: &str) -> Result<Option<Self>> {
        // Before the lock: the lock file of a newer form may mean something else.
        if version::stored(dir)? == Some(version::SCHEMA) {
            return Ok(None);
        }
        let path = dir.join("lock");
        let failed = |source| Intent::Write.io_error(&path, source);
        let Some(mut lock) = LockedFile::take(&path, PATIENCE).map_err(failed)? else {
            return Err(held(dir, &path));
        };
        lock.write(Who::me(purpose).text().as_bytes()).map_err(failed)?;
        // Whoever had the lock a moment ago may have done all of it.
        let is_done = version::stored(dir)? == Some(version::SCHEMA);
        Ok((!is_done).then(|| Self { dir: dir.to_owned(), _lock: lock }))
    }

    /// Ends it: says that the directory has its present form.
    pub(crate) fn finish(self) -> Result<()> {
        version::write(&self.dir)
    }
}

fn held(dir: &Path, path: &Path) -> Error {
    let who = Who::parse(&held_text(path).ok().flatten().unwrap_or_default());
    let hint = match who.pid {
        Some(pid) => format!("wait until process {pid} ends or stop it, or open the state for reading"),
        None => "wait until the other process ends, or open the state for reading".to_owned(),
    };
    Error::conflict(codes::STATE_HELD, format!("{} is held by {who}", dir.display())).with_hint(hint)
}
