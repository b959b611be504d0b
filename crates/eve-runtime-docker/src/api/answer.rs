//! What calls that change something can answer besides an error.

/// What creating an object came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Made {
    /// It was made, and has this id.
    New(String),
    /// Something of that name is there.
    NameTaken,
    /// What it is made from is not there.
    NoImage,
}

/// What starting a container came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// It runs.
    Runs,
    /// It is not there any more.
    Gone,
}

/// What removing an object came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// It was removed.
    Removed,
    /// It was not there.
    Before,
}
