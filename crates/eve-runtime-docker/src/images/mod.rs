//! Images that containers are made from.

mod layers;
mod origins;

pub(crate) use origins::{Origins, not_there};
