//! What is asked for.

use clap::{Parser, ValueEnum};

/// What is asked for.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// What is measured.
    #[arg(value_enum, default_value_t = Which::All)]
    pub(crate) which: Which,
    /// How many rounds, in place of each measurement's own count. Of several the first is dropped.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pairs: Option<u32>,
    /// One round, with what is built already.
    #[arg(long)]
    pub(crate) smoke: bool,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// Twenty services, from nothing to known to be ready.
    Up,
    /// A deploy of what runs already.
    Noop,
    /// What is asked while nothing happens.
    Idle,
    /// All of them.
    All,
}

impl Args {
    /// How many rounds, where a measurement would take so many itself.
    pub(crate) fn pairs(&self, own: u32) -> u32 {
        self.pairs.unwrap_or(if self.smoke { 1 } else { own })
    }
}
