//! How much a manifest may ask of its reader.

/// Bounds on one manifest, so that hostile text costs little. It is one document, whatever they say.
///
/// Reading stops at the first bound that is passed, with a problem at the place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of text. By default 4 MiB.
    pub bytes: usize,
    /// Lists and mappings inside each other. By default 64.
    pub depth: usize,
    /// Values, counting what an alias repeats each time. By default 250,000.
    pub nodes: usize,
    /// Values that aliases repeat, in all. By default 100,000.
    pub expansion: usize,
    /// Keys of one mapping. By default 20,000.
    pub keys: usize,
    /// Problems that are kept; a last one says that there are more. By default 1,000.
    pub problems: usize,
}

impl Limits {
    /// Bounds on size, nesting, and the number of values.
    pub fn new(bytes: usize, depth: usize, nodes: usize) -> Self {
        Self { bytes, depth, nodes, ..Self::default() }
    }

    /// Sets how many values aliases may repeat in all.
    pub fn with_expansion(mut self, expansion: usize) -> Self {
        self.expansion = expansion;
        self
    }

    /// Sets how many keys one mapping may have.
    pub fn with_keys(mut self, keys: usize) -> Self {
        self.keys = keys;
        self
    }

    /// Sets how many problems are kept.
    pub fn with_problems(mut self, problems: usize) -> Self {
        self.problems = problems.max(1);
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 4 << 20, depth: 64, nodes: 250_000, expansion: 100_000, keys: 20_000, problems: 1_000 }
    }
}
