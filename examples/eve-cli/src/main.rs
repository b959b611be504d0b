//! The reference command line of Eve.
fn main() {}
