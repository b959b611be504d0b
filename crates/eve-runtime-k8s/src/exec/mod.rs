//! Commands in pods, where the host lets them be run.

mod attached;
mod outcome;
mod place;
