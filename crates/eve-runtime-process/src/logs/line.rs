//! The stored form of a line.

use std::io::Write as _;

use bytes::Bytes;
use eve_core::Timestamp;

use super::Pipe;

/// A stored line: `SEQUENCE MILLISECONDS PIPE TEXT`, ended by a line feed. The text has none. Where
/// lines are missing, one stands for them: its pipe is `-`, its text the cause.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) sequence: u64,
    pub(super) at: Timestamp,
    pub(super) bytes: Bytes,
    /// True if it stands for lines that are missing.
    pub(super) missing: bool,
}

impl Line {
    /// The longest text of one line. Longer ones are split.
    pub(super) const LONGEST: usize = 64 * 1024;

    const MISSING: char = '-';

    /// The stored form.
    pub(super) fn encode(sequence: u64, at: Timestamp, pipe: Option<Pipe>, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 40);
        write!(out, "{sequence} {} {} ", at.as_millis(), pipe.map_or(Self::MISSING, Pipe::letter))
            .expect("a Vec takes every byte");
        out.extend_from_slice(text);
        out.push(b'\n');
        out
    }

    /// Reads a stored line, without its line feed; none if it is damaged.
    pub(super) fn parse(stored: &[u8]) -> Option<Self> {
        let mut fields = stored.splitn(4, |b| *b == b' ');
        let mut number = || std::str::from_utf8(fields.next()?).ok()?.parse::<u64>().ok();
        let (sequence, at) = (number()?, number()?);
        let missing = fields.next()? == b"-";
        let bytes = Bytes::copy_from_slice(fields.next()?);
        Some(Self { sequence, at: Timestamp::from_millis(at), bytes, missing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_survives_its_stored_form() {
        for text in [&b""[..], b" two  spaces ", b"\xff\x00 no UTF-8"] {
            let at = Timestamp::from_millis(7);
            for pipe in [Some(Pipe::Err), None] {
                let stored = Line::encode(42, at, pipe, text);
                let read = Line::parse(stored.strip_suffix(b"\n").unwrap()).unwrap();
                let bytes = Bytes::copy_from_slice(text);
                assert_eq!(read, Line { sequence: 42, at, bytes, missing: pipe.is_none() });
            }
        }
    }

    #[test]
    fn what_is_damaged_is_no_line() {
        for bad in [&b""[..], b"1", b"1 2", b"1 2 o", b"x 2 o text"] {
            assert_eq!(Line::parse(bad), None);
        }
    }
}
