//! The folder with a file for each holder.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use eve_core::{HolderId, Result};
use tracing::debug;

use super::{Holder, Standing};
use crate::atomic_file::private_dir;
use crate::intent::Intent;
use crate::locked_file::{held_text, remove_left};
use crate::who::Who;

/// The folder `holders/`: each file is named for a holder, and locked by its process as long as it
/// lives.
#[derive(Debug, Clone)]
pub(crate) struct HolderFolder(PathBuf);

impl HolderFolder {
    /// The folder of a state directory.
    pub(crate) fn of(dir: &Path) -> Self {
        Self(dir.join("holders"))
    }

    /// Makes the folder.
    pub(crate) fn prepare(&self) -> Result<()> {
        private_dir(&self.0).map(drop).map_err(|source| Intent::Write.io_error(&self.0, source))
    }

    /// The file of a holder. Ids hold neither dots nor separators.
    pub(super) fn file(&self, holder: &HolderId) -> PathBuf {
        self.0.join(holder.as_str())
    }

    /// Whether a holder lives.
    pub(super) fn standing(&self, holder: &HolderId) -> Standing {
        match held_text(&self.file(holder)) {
            Ok(Some(text)) => Standing::Present(Who::parse(&text)),
            Ok(None) => Standing::Gone,
            // Another user's, say.
            Err(error) => {
                debug!(%holder, %error, "nobody can tell whether a holder lives");
                Standing::Present(Who::default())
            }
        }
    }

    /// The holders who live.
    pub(crate) fn present(&self) -> Result<Vec<Holder>> {
        let standings = self.named()?.into_iter().map(|id| (self.standing(&id), id));
        let present = standings.filter_map(|(standing, id)| match standing {
            Standing::Present(who) => Some(Holder::new(id, who)),
            Standing::Gone => None,
        });
        Ok(present.collect())
    }

    /// Removes the files of all holders who are gone.
    pub(crate) fn forget_gone(&self) -> Result<()> {
        self.forget(&self.named()?);
        Ok(())
    }

    /// Removes the files of those of some holders who are gone.
    pub(crate) fn forget<'a>(&self, gone: impl IntoIterator<Item = &'a HolderId>) {
        for holder in gone {
            if let Err(error) = remove_left(&self.file(holder)) {
                debug!(%holder, %error, "the file of a holder who is gone stays");
            }
        }
    }

    /// Everybody who has a file, sorted.
    fn named(&self) -> Result<Vec<HolderId>> {
        let failed = |source| Intent::Read.io_error(&self.0, source);
        let items = match fs::read_dir(&self.0) {
            Ok(items) => items,
            Err(source) if source.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(failed(source)),
        };
        let mut named = Vec::new();
        for item in items {
            // What is named for nobody is somebody else's file.
            let id = item.map_err(failed)?.file_name().into_string().ok().and_then(|name| HolderId::new(name).ok());
            named.extend(id);
        }
        named.sort();
        Ok(named)
    }
}
