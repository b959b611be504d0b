//! Places in a text.

/// A place: line and column from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mark {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Default for Mark {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

/// A stretch of text, its end excluded, and how it takes part in what holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: Mark,
    pub(crate) end: Mark,
    pub(crate) layer: Layer,
}

impl Span {
    pub(crate) fn new(start: Mark, end: Mark) -> Self {
        Self { start, end, layer: Layer::Base }
    }

    /// A part of a span that stands on one line: `length` characters after the first `skip`.
    pub(crate) fn part(self, skip: usize, length: usize) -> Self {
        let by = |column: u32, n: usize| column.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
        let start = Mark { column: by(self.start.column, skip), ..self.start };
        let end = Mark { column: by(start.column, length), ..start };
        Self { start, end, ..self }
    }
}

/// Whether a value is what the manifest says in general or for one environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Layer {
    #[default]
    Base,
    Override,
}
