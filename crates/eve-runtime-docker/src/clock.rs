//! Times, the engine's and this machine's.

use std::time::SystemTime;

use eve_core::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// This machine's time.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A time as the engine writes it, in nanoseconds since 1970. None for what is no time, or none yet:
/// the engine writes the year 1 for what has not happened.
pub(crate) fn nanoseconds(text: &str) -> Option<i128> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos();
    (at >= 0).then_some(at)
}

/// The same as an instant of Eve's.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    nanoseconds(text).map(of_nanoseconds)
}

/// Nanoseconds since 1970 as an instant of Eve's.
pub(crate) fn of_nanoseconds(at: i128) -> Timestamp {
    Timestamp::from_millis(u64::try_from(at / 1_000_000).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_happened_has_no_time() {
        assert_eq!(nanoseconds("0001-01-01T00:00:00Z"), None);
        assert_eq!(timestamp("1970-01-01T00:00:01.5Z"), Some(Timestamp::from_millis(1500)));
    }
}
