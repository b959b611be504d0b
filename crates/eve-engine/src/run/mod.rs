//! One run, from its beginning to its one terminal state.

mod attempt;
mod build;
mod deploy;
mod ending;
mod job;
mod release;
mod state;
mod steps;
mod sweep;

pub(crate) use build::{build_services, buildable};
pub(crate) use job::not_well;
pub(crate) use release::provisional;
use state::Halt;
pub(crate) use state::Run;
