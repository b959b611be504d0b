//! What a process that was started as the supervisor says of itself.

use eve_core::control::ErrorReport;
use serde::{Deserialize, Serialize};

use crate::protocol::VERSION;

/// The one line that it writes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Readiness {
    /// It listens.
    Ready {
        /// Its process id.
        pid: u32,
        /// The version of this crate in it.
        version: String,
    },
    /// Another process holds the state directory, and this one ends.
    Held(Option<u32>),
    /// It cannot hold what it should, and ends.
    Failed(ErrorReport),
}

impl Readiness {
    pub(crate) fn ready() -> Self {
        Self::Ready { pid: std::process::id(), version: VERSION.to_owned() }
    }
}
