//! The Docker Engine, with every answer in our own words.

mod answer;
mod build;
mod daemon;
mod events;
mod exec;
mod failure;
mod images;
mod lines;
mod private;

pub(crate) use answer::{Begun, Gone, Made};
pub(crate) use build::BuildStep;
pub(crate) use daemon::Daemon;
pub(crate) use events::{Happening, Subject, What};
pub(crate) use images::HistoryStep;
pub(crate) use lines::{LineStream, RawLine};
