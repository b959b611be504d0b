//! What clients connect to.

mod guest;
mod listener;
mod shared;

pub(crate) use guest::{Door, Guest};
pub(crate) use listener::Listener;
pub(crate) use shared::Shared;
