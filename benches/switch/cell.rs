//! One way to replace a service under load.

use std::fmt;

use clap::ValueEnum;
use eve::desired::Strategy;

use crate::ground::Ground;

/// What the load goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Through {
    /// The built-in ingress.
    Proxy,
    /// The service's address between services.
    Service,
}

/// How a release takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// New beside old, and then at once.
    Switched,
    /// One after the other.
    Rolling,
}

/// What the service does when it is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ending {
    /// It finishes what is under way.
    Polite,
    /// It ends at once.
    Rude,
}

/// One way to replace a service under load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) ground: Ground,
    pub(crate) through: Through,
    pub(crate) way: Way,
    pub(crate) ending: Ending,
    pub(crate) replicas: u32,
}

impl Way {
    pub(crate) fn strategy(self) -> Strategy {
        match self {
            Self::Switched => Strategy::Switched,
            Self::Rolling => Strategy::Rolling,
        }
    }

    /// How many of it there are where nobody says so: one that is replaced in place needs another one beside it.
    pub(crate) fn replicas(self) -> u32 {
        match self {
            Self::Switched => 1,
            Self::Rolling => 2,
        }
    }
}

impl Cell {
    /// Its name, which is one of an environment, too.
    pub(crate) fn name(self) -> String {
        let word = |value: &dyn fmt::Debug| format!("{value:?}").to_lowercase();
        [word(&self.through), word(&self.way), word(&self.ending)].join("-")
    }
}
