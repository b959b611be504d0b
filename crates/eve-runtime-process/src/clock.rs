//! The wall clock of records.

use std::time::{SystemTime, UNIX_EPOCH};

use eve_core::Timestamp;

/// The present time. Real processes run by the real clock; nothing here can be simulated.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
