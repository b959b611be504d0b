//! Lines of children: captured, redacted, rotated, read again from any place.

mod capture;
mod line;
mod log;
mod log_reader;
mod redactor;

pub(crate) use capture::{Capture, Pipe};
pub(crate) use log::{Limits, Log};
pub(crate) use log_reader::LogReader;
pub(crate) use redactor::redacted;
