//! How a process is the supervisor.

mod held;
mod inherited;
mod life;
mod options;
mod signals;
mod stdio;

pub use held::Held;
pub use life::{run, run_with};
pub use options::RunOptions;
