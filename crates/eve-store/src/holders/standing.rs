//! Whether a holder lives.

use std::collections::HashMap;

use eve_core::HolderId;

use crate::who::Who;

/// Whether a holder lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its process has ended, or gave up being this holder: it holds nothing any more.
    Gone,
    /// It lives, or nobody can tell.
    Present(Who),
}

/// What is known of some holders. Of whom nothing is known is taken to be present.
#[derive(Debug, Default)]
pub(crate) struct Standings(HashMap<HolderId, Standing>);

impl Standings {
    /// True if a holder is known to be gone.
    pub(crate) fn is_gone(&self, holder: &HolderId) -> bool {
        self.0.get(holder) == Some(&Standing::Gone)
    }

    /// Those who are known to be gone.
    pub(crate) fn gone(&self) -> Vec<HolderId> {
        self.0.keys().filter(|holder| self.is_gone(holder)).cloned().collect()
    }

    /// Who a holder is.
    pub(crate) fn who(&self, holder: &HolderId) -> Who {
        match self.0.get(holder) {
            Some(Standing::Present(who)) => who.clone(),
            Some(Standing::Gone) | None => Who::default(),
        }
    }
}

impl FromIterator<(HolderId, Standing)> for Standings {
    fn from_iter<T: IntoIterator<Item = (HolderId, Standing)>>(standings: T) -> Self {
        Self(standings.into_iter().collect())
    }
}
