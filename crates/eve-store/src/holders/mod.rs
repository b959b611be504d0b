//! Who takes leases here, and who of them still lives.

mod folder;
mod holder;
mod presence;
mod standing;

pub(crate) use folder::HolderFolder;
pub use holder::Holder;
pub(crate) use presence::Presence;
pub(crate) use standing::{Standing, Standings};
