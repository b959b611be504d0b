//! Events, read in one way whichever API wrote them.

use eve_core::{Evidence, Timestamp};
use k8s_openapi::api::core::v1::Event;

use super::instant::instant;

/// An event, read in one way whichever API wrote it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Happening<'a> {
    event: &'a Event,
}

impl<'a> Happening<'a> {
    pub(super) fn new(event: &'a Event) -> Self {
        Self { event }
    }

    pub(super) fn reason(self) -> &'a str {
        self.event.reason.as_deref().unwrap_or_default()
    }

    pub(super) fn message(self) -> &'a str {
        self.event.message.as_deref().unwrap_or_default()
    }

    /// When it was last seen: the newest of the places where that may stand.
    pub(super) fn last(self) -> Timestamp {
        let series = self.event.series.as_ref().and_then(|series| series.last_observed_time.as_ref());
        let newest = instant(series).max(instant(self.event.event_time.as_ref()));
        newest.max(instant(self.event.last_timestamp.as_ref())).max(self.first())
    }

    /// When it was first seen.
    pub(super) fn first(self) -> Timestamp {
        let first = instant(self.event.first_timestamp.as_ref());
        if first != Timestamp::default() {
            return first;
        }
        let event_time = instant(self.event.event_time.as_ref());
        if event_time != Timestamp::default() {
            return event_time;
        }
        instant(self.event.metadata.creation_timestamp.as_ref())
    }

    /// How often it was seen.
    pub(super) fn count(self) -> u32 {
        let series = self.event.series.as_ref().and_then(|series| series.count);
        let count = series.into_iter().chain(self.event.count).max().unwrap_or(1);
        u32::try_from(count).unwrap_or_default().max(1)
    }

    /// The container that it is about; none if it is about the whole object.
    pub(super) fn container(self) -> Option<&'a str> {
        let path = self.event.involved_object.field_path.as_deref()?;
        Some(path.split_once('{')?.1.trim_end_matches('}'))
    }

    /// True if it is about this container, or does not say about which.
    pub(super) fn concerns(self, container: &str) -> bool {
        self.container().is_none_or(|named| named == container)
    }

    pub(super) fn evidence(self) -> Evidence {
        Evidence::Event {
            reason: self.reason().to_owned(),
            message: self.message().to_owned(),
            count: self.count(),
            last: self.last(),
        }
    }
}
