//! Two engines on one state directory.

mod contest;
mod rival;

pub use contest::{Rivals, Wake};
pub use rival::{Heard, Rival};
