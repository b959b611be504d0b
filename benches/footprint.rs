//! A bench.
fn main() {}
