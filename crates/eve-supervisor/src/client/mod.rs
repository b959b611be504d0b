//! The side of an engine.

mod connector;
mod control;
mod gate;
mod items;
mod link;
mod options;
mod pending;

pub use control::Control;
pub use options::ControlOptions;
