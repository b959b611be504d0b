//! What every measurement beside a peer needs.
#![allow(dead_code, reason = "each bench uses its own part of it")]

pub(crate) mod bounds;
pub(crate) mod eve_build;
pub(crate) mod go_program;
pub(crate) mod program;
pub(crate) mod report;
pub(crate) mod rounds;
pub(crate) mod sample;

/// Whatever breaks a measurement.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
