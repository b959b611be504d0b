//! Services as processes.

mod evidence;
mod finding;
mod instance;
mod instance_spec;
mod losses;
mod perform;
mod plan;
mod process_runtime;
mod support;

pub use process_runtime::ProcessRuntime;
pub use support::support;
