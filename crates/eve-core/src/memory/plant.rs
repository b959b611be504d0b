//! Faults that can be planted.

/// A fault that the memory runtime can be given, to prove that a conformance case finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Plant {
    /// An instance is reported ready as soon as it is made, whatever its program does.
    ReadyTooEarly,
    /// Planning retires strangers' objects, and performing removes them.
    DeletesStrangers,
    /// Planning changes what is observed.
    WritesWhilePlanning,
    /// Log lines that are missing leave no gap.
    SwallowsGap,
    /// A token that is raised is forgotten at once.
    ForgetsFences,
}
