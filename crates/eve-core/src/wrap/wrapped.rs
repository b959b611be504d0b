//! Something wrapped.

use std::fmt;

/// Something with something done around each of its calls.
///
/// The small traits behind accessors (`preview`, `owned`, `provision`, `evidence`, `exec`, `fencing`) are handed
/// through as they are.
#[derive(Debug, Clone)]
pub struct Wrap<T, A> {
    pub(super) inner: T,
    pub(super) around: A,
}

impl<T, A> Wrap<T, A> {
    /// Does something around each call of `inner`.
    pub fn around(inner: T, around: A) -> Self {
        Self { inner, around }
    }

    /// What is wrapped.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// Takes the wrapper off.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

/// Names what is wrapped: whoever reads it wants to know the backend.
impl<T: fmt::Display, A> fmt::Display for Wrap<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
