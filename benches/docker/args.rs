//! What is asked for.

use clap::{Parser, ValueEnum};

/// What is asked for.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// What is measured.
    #[arg(value_enum, default_value_t = Which::All)]
    pub(crate) which: Which,
    /// How many pairs, in place of each measurement's own count. Of several the first is dropped.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pairs: Option<u32>,
    /// The smallest inputs, one pair, and no chain unless it is asked for.
    #[arg(long)]
    pub(crate) smoke: bool,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// Four services, each waiting for the one before to be healthy.
    Chain,
    /// A deploy of what runs already.
    Noop,
    /// Services that come up cold, and go down.
    Up,
    /// A request through the ingress beside one without it.
    Proxy,
    /// A file of many services, read and checked; without an engine.
    Config,
    /// All of them.
    All,
}

impl Args {
    /// How many pairs, where a measurement would take so many itself.
    pub(crate) fn pairs(&self, own: u32) -> u32 {
        self.pairs.unwrap_or(if self.smoke { 1 } else { own })
    }
}
