//! Places in what a container wrote. Pure.

use eve_core::{LogCursor, Timestamp};

/// A line's place: the cluster's time of it, and its number among those of that very time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Cursor {
    at: i128,
    number: u32,
}

impl Cursor {
    /// The place of the next line, which the cluster took in then.
    pub(super) fn next(self, at: i128) -> Self {
        if at == self.at { Self { at, number: self.number + 1 } } else { Self { at, number: 1 } }
    }

    /// The second from which the cluster has to be asked to meet it again.
    pub(super) fn second_before(self) -> i64 {
        i64::try_from(self.at / 1_000_000_000 - 1).unwrap_or(0).max(0)
    }

    pub(super) fn time(self) -> Timestamp {
        Timestamp::from_millis(u64::try_from(self.at / 1_000_000).unwrap_or_default())
    }

    pub(super) fn at(self) -> i128 {
        self.at
    }

    pub(super) fn read(text: &LogCursor) -> Option<Self> {
        let (at, number) = text.as_str().split_once('.')?;
        Some(Self { at: at.parse().ok()?, number: number.parse().ok()? })
    }

    pub(super) fn write(self) -> LogCursor {
        LogCursor::new(format!("{}.{}", self.at, self.number))
    }
}

/// Takes apart what the cluster hands out: the time in nanoseconds since 1970, and the line.
pub(super) fn split(text: &str) -> Option<(i128, &str)> {
    let (time, line) = text.split_once(' ').unwrap_or((text, ""));
    let time: k8s_openapi::jiff::Timestamp = time.parse().ok()?;
    Some((time.as_nanosecond(), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Cursor { at: 1_795_899_727_123_456_789, number: 2 };
        assert_eq!(Cursor::read(&place.write()), Some(place));
        assert_eq!(place.second_before(), 1_795_899_726);
        assert_eq!(Cursor::read(&LogCursor::new("17")), None);
    }

    #[test]
    fn lines_of_one_instant_are_counted() {
        let first = Cursor::default().next(5);
        assert_eq!([first, first.next(5), first.next(5).next(6)].map(|place| place.number), [1, 2, 1]);
    }

    #[test]
    fn a_line_stands_after_its_time() {
        assert_eq!(split("1970-01-01T00:00:01.000000005Z two words"), Some((1_000_000_005, "two words")));
        assert_eq!(split("1970-01-01T00:00:01Z "), Some((1_000_000_000, "")));
        assert_eq!(split("no time"), None);
    }
}
