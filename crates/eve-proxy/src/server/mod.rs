//! What clients connect to.

mod doors;
mod guest;
mod listener;
mod shared;

pub(crate) use doors::{Doors, unbound, unsupported};
pub(crate) use guest::{Door, Guest};
pub(crate) use listener::Listener;
pub(crate) use shared::Shared;
