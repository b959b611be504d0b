//! The front door for everything over twenty lines of shell.
fn main() {}
