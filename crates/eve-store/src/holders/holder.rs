//! Somebody who is at work on a state directory.

use std::fmt;

use eve_core::HolderId;

use crate::who::Who;

/// Somebody who takes leases in a state directory and whose process lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    id: HolderId,
    who: Who,
}

impl Holder {
    pub(crate) fn new(id: HolderId, who: Who) -> Self {
        Self { id, who }
    }

    /// Under which id it takes leases.
    pub fn id(&self) -> &HolderId {
        &self.id
    }

    /// Its process. None for a moment after it came, and where locked files cannot be read.
    pub fn pid(&self) -> Option<u32> {
        self.who.pid
    }

    /// What it is at work for, in its own words.
    pub fn purpose(&self) -> Option<&str> {
        self.who.purpose.as_deref()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.id, self.who)
    }
}
