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
    /// Values, counting what an alias repeats each time. By default 100,000: about 4,000 services.
    pub nodes: usize,
    /// Values that aliases repeat, in all. By default 50,000.
    pub expansion: usize,
    /// Keys of one mapping. By default 20,000.
    pub keys: usize,
    /// Brackets, commas, quotes and the like that are read before it is known what they are: those of one text, or of a list
    /// in brackets that may be a key. By default 30,000.
    pub ahead: usize,
    /// Variables and other references in all values. By default 50,000.
    pub references: usize,
    /// Defaults of variables inside each other. By default 8.
    pub defaults: usize,
    /// Services of all environments together: each environment has its own. By default 10,000.
    pub services: usize,
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

    /// Sets how much is read before it is known what it is.
    pub fn with_ahead(mut self, ahead: usize) -> Self {
        self.ahead = ahead;
        self
    }

    /// Sets how many references all values may have, and how deep defaults may stand in defaults.
    pub fn with_references(mut self, references: usize, defaults: usize) -> Self {
        (self.references, self.defaults) = (references, defaults);
        self
    }

    /// Sets how many services all environments may have together.
    pub fn with_services(mut self, services: usize) -> Self {
        self.services = services;
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
        Self {
            bytes: 4 << 20,
            depth: 64,
            nodes: 100_000,
            expansion: 50_000,
            keys: 20_000,
            ahead: 30_000,
            references: 50_000,
            defaults: 8,
            services: 10_000,
            problems: 1_000,
        }
    }
}
