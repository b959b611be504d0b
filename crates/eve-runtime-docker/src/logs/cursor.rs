//! Places in what a container wrote. Pure.

use eve_core::LogCursor;

use crate::clock;

/// A line's place: the engine's time of it, and its number among those of that very time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Cursor {
    pub(super) at: i128,
    pub(super) number: u32,
}

impl Cursor {
    /// The place of the next line, which the engine took in then.
    pub(super) fn next(self, at: i128) -> Self {
        if at == self.at { Self { at, number: self.number + 1 } } else { Self { at, number: 1 } }
    }

    /// This very moment.
    pub(super) fn now() -> Self {
        Self { at: i128::from(clock::now().as_millis()) * 1_000_000, number: u32::MAX }
    }

    /// The second from which the engine has to be asked to meet it again: one more than it lies in, since
    /// lines of two streams stand a little out of order.
    pub(super) fn second_before(self) -> i32 {
        i32::try_from(self.at / 1_000_000_000 - 1).unwrap_or(0).max(0)
    }

    pub(super) fn read(text: &LogCursor) -> Option<Self> {
        let (at, number) = text.as_str().split_once('.')?;
        Some(Self { at: at.parse().ok()?, number: number.parse().ok()? })
    }

    pub(super) fn write(self) -> LogCursor {
        LogCursor::new(format!("{}.{}", self.at, self.number))
    }
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
}
