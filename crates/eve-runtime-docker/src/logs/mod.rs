//! What containers wrote.

mod cursor;
mod log_reader;
mod place;
mod read;
mod rotation;

pub(crate) use log_reader::{LogReader, Written};
pub(crate) use place::source;
pub(crate) use read::read;
