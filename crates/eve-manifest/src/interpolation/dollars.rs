//! Where references stand in values of several lines.

use crate::text::Source;
use crate::tree::{Mark, Scalar, Span};

/// The places of the dollar signs of a value whose text does not stand in one piece: the value of a block, a folded one, one
/// with escapes. Every sign of the text is one of the file's, in the same order.
#[derive(Debug)]
pub(super) struct Dollars {
    /// The signs by characters of the text, each with its place.
    signs: Vec<(usize, Mark)>,
}

impl Dollars {
    /// None if the value's text stands in one piece, or if some of its signs are escaped.
    pub(super) fn of(scalar: &Scalar, span: Span, source: &Source) -> Option<Self> {
        if scalar.is_in_one_piece() || !scalar.text.contains('$') {
            return None;
        }
        let in_text = scalar.text.chars().enumerate().filter(|(_, c)| *c == '$').map(|(at, _)| at);
        let in_text: Vec<usize> = in_text.collect();
        let marks: Vec<Mark> = (span.start.line..=span.end.line)
            .flat_map(|line| {
                let columns = (1_u32..).zip(source.line(line).chars());
                columns.filter(|(_, c)| *c == '$').map(move |(column, _)| Mark { line, column })
            })
            .filter(|mark| span.start <= *mark && *mark < span.end)
            .collect();
        let signs = in_text.into_iter().zip(marks.iter().copied()).collect::<Vec<_>>();
        (signs.len() == marks.len() && signs.len() == scalar.text.matches('$').count()).then_some(Self { signs })
    }

    /// The place of so many characters from a dollar sign on.
    pub(super) fn place(&self, skip: usize, length: usize) -> Option<Span> {
        let at = self.signs.binary_search_by_key(&skip, |(at, _)| *at).ok()?;
        let start = self.signs[at].1;
        Some(Span::new(start, start).part(0, length))
    }
}
