//! Finding out whether containers can do their work.

mod probe;
mod prober;
mod probes;
mod standing;
mod target;

pub(crate) use prober::Prober;
pub(crate) use probes::Probes;
pub(crate) use standing::Standing;
