//! How a program becomes the supervisor.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::{diary, held};

/// This program, once it is known that it can become a supervisor.
static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();

/// Becomes the supervisor if this process was started as one, and never returns then; else remembers
/// that this program can be started as one.
///
/// Call it first in `main`, before any thread, runtime or argument parser: the supervisor is this
/// very program, started again with arguments of its own.
///
/// ```
/// // the first line of `main`
/// eve::supervisor_hook();
/// ```
pub fn supervisor_hook() {
    if let Some(dir) = eve_supervisor::mode(std::env::args_os()) {
        diary::begin();
        std::process::exit(eve_supervisor::run(dir, held::parts).into());
    }
    PROGRAM.get_or_init(|| std::env::current_exe().ok());
}

/// This program, if its `main` called the hook.
pub(super) fn hooked_program() -> Option<PathBuf> {
    PROGRAM.get().cloned().flatten()
}
