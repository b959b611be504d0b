//! Instants of the cluster.

use eve_core::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use k8s_openapi::jiff;

/// An instant of the cluster as one of Eve's.
pub(super) trait Instant {
    /// The instant, to the millisecond.
    fn instant(&self) -> Timestamp;
}

impl Instant for Time {
    fn instant(&self) -> Timestamp {
        of(self.0)
    }
}

impl Instant for MicroTime {
    fn instant(&self) -> Timestamp {
        of(self.0)
    }
}

/// The instant of an optional field; the first one if there is none.
pub(super) fn instant<T: Instant>(time: Option<&T>) -> Timestamp {
    time.map(Instant::instant).unwrap_or_default()
}

fn of(instant: jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(u64::try_from(instant.as_millisecond()).unwrap_or_default())
}
