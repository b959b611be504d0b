//! What outlives the process.

mod keeper;
mod state_file;
mod stored;

pub(crate) use keeper::Keeper;
pub(crate) use state_file::StateFile;
pub(crate) use stored::Stored;
