//! The facade of Eve.
