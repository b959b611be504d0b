//! A manifest as it holds for somebody: spelled in one way, with overrides and variables filled in and defaults added, each
//! value with its origin.

mod item;
mod shower;
mod shown;
mod yaml;

use item::{Item, Worth};
pub(crate) use shower::Shower;
pub use shown::{Shown, ShownValue};
