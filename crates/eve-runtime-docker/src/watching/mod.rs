//! Word of what happens on the engine.

mod feed;
mod notes;

pub(crate) use feed::Feed;
pub(crate) use notes::{Notes, Touched};
