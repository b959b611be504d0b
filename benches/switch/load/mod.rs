//! Two open loops side by side: one on kept connections, one with a new connection for every request. Nobody tries again.

mod client;
mod counted;
#[expect(clippy::module_inception, reason = "the file is named for its type")]
mod load;
mod loss;
mod tally;

pub(crate) use load::{Load, Mix, Target};
pub(crate) use loss::Loss;
pub(crate) use tally::{Seen, Tally};
