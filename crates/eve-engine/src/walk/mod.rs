//! Walking a plan: waves of operations, gates that fold one watch.

mod absence;
mod effect;
mod gates;
mod limit;
mod provision;
mod scope;
mod walker;

pub(crate) use limit::walk_within;
pub(crate) use provision::provision;
pub(crate) use scope::Scope;
pub(crate) use walker::{Stopped, Walked, walk};
