//! The holders that this process acts for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eve_core::{Error, HolderId, Result, codes};

use super::{Holder, HolderFolder, Standing, Standings};
use crate::intent::Intent;
use crate::locked_file::LockedFile;
use crate::who::Who;

/// How long one waits for the file of a new holder: for those who look at it, which takes a moment.
const PATIENCE: Duration = Duration::from_secs(1);

/// The holders that one writer of a state directory acts for, each shown by its locked file. They
/// leave together, when the writer closes.
#[derive(Debug)]
pub(crate) struct Presence {
    dir: PathBuf,
    folder: HolderFolder,
    who: Who,
    /// None once it is closed.
    files: Mutex<Option<HashMap<HolderId, LockedFile>>>,
}

impl Presence {
    /// A writer that acts for nobody yet.
    pub(crate) fn new(dir: &Path, purpose: &str) -> Self {
        let files = Mutex::new(Some(HashMap::new()));
        Self { dir: dir.to_owned(), folder: HolderFolder::of(dir), who: Who::me(purpose), files }
    }

    /// Acts for a holder from now on: shows that it lives.
    pub(crate) fn enter(&self, holder: &HolderId) -> Result<()> {
        let mut files = self.files();
        let files = files.as_mut().ok_or_else(|| self.closed())?;
        if files.contains_key(holder) {
            return Ok(());
        }
        let path = self.folder.file(holder);
        let failed = |source| Intent::Write.io_error(&path, source);
        let Some(mut file) = LockedFile::take(&path, PATIENCE).map_err(failed)? else {
            return Err(self.doubled(holder));
        };
        file.write(self.who.text().as_bytes()).map_err(failed)?;
        files.insert(holder.clone(), file);
        Ok(())
    }

    /// What is known of some holders.
    pub(crate) fn judge(&self, holders: Vec<HolderId>) -> Standings {
        let judged = holders.into_iter().map(|holder| {
            let standing =
                if self.is_for(&holder) { Standing::Present(self.who.clone()) } else { self.folder.standing(&holder) };
            (holder, standing)
        });
        judged.collect()
    }

    /// Removes what holders who are gone left behind.
    pub(crate) fn forget(&self, gone: &[HolderId]) -> Result<()> {
        self.check()?;
        self.folder.forget(gone);
        Ok(())
    }

    /// Who lives besides those that it acts for.
    pub(crate) fn others(&self) -> Result<Vec<Holder>> {
        let mut present = self.folder.present()?;
        present.retain(|holder| !self.is_for(holder.id()));
        Ok(present)
    }

    /// True if it acts for a holder.
    pub(crate) fn is_for(&self, holder: &HolderId) -> bool {
        self.files().as_ref().is_some_and(|files| files.contains_key(holder))
    }

    /// Fails once it was closed.
    pub(crate) fn check(&self) -> Result<()> {
        self.files().as_ref().map(drop).ok_or_else(|| self.closed())
    }

    /// Acts for nobody any more: what its holders hold is free.
    pub(crate) fn leave(&self) {
        for file in self.files().take().into_iter().flat_map(HashMap::into_values) {
            // Only tidying: giving the lock back is what counts.
            let _ = file.remove();
        }
    }

    fn files(&self) -> MutexGuard<'_, Option<HashMap<HolderId, LockedFile>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed(&self) -> Error {
        Error::failed(codes::STATE_IO, format!("the state in {} was closed", self.dir.display()))
    }

    fn doubled(&self, holder: &HolderId) -> Error {
        let who = match self.folder.standing(holder) {
            Standing::Present(who) => who,
            Standing::Gone => Who::default(),
        };
        Error::conflict(codes::LEASE_HELD, format!("{holder} is at work in {who} already"))
            .with_hint("generate a new holder id each time the state is opened")
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.leave();
    }
}
