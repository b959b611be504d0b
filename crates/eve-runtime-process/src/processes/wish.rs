//! The wish that a child ends.

use std::time::Duration;

use eve_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock;

/// The wish that a child ends. Its grace begins once, with the wish, whoever holds the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wish {
    grace: Duration,
    at: Timestamp,
}

impl Wish {
    /// A wish of this moment.
    pub(super) fn new(grace: Duration) -> Self {
        Self { grace, at: clock::now() }
    }

    /// What is left of the grace; all of it where the clock was set back since.
    pub(super) fn left(&self) -> Duration {
        self.grace.saturating_sub(clock::now().since(self.at))
    }
}
