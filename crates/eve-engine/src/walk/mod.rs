//! Walking a plan: waves of operations, gates that fold one watch.

mod effect;
mod gates;
mod scope;
mod walker;

pub(crate) use scope::Scope;
pub(crate) use walker::{Stopped, Walked, walk};
