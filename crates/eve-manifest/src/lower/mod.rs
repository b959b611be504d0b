//! From what a manifest says to the target state of its environments.

mod artifact;
mod carried;
mod config;
mod environment;
mod external;
mod health;
mod host;
mod job;
mod managed;
mod pipeline;
mod process;
mod project;
mod refused;
mod registry;
mod route;
mod service;
mod trace;
mod trigger;
mod volumes;

pub(crate) use project::{name, project, variables};
pub(crate) use refused::asked;
pub(crate) use trace::origin;

use trace::Trace;
