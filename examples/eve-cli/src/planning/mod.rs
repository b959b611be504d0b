//! Planning beside whoever holds the state, without writing into it.

mod held_routes;
mod held_runtime;
mod preview;

pub(crate) use preview::Preview;
