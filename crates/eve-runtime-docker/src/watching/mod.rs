//! Word of what happens on the engine.

mod feed;
mod notes;
mod touch;

pub(crate) use feed::Feed;
pub(crate) use notes::{Notes, Touched};
pub(crate) use touch::Touch;
