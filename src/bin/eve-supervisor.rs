//! The supervisor for programs that do not call `eve::supervisor_hook()` themselves: name it in
//! `EmbeddedConfig::with_supervisor`.

use std::process::ExitCode;

fn main() -> ExitCode {
    eve::supervisor_hook();
    eprintln!("eve-supervisor is started by an engine that needs it, and does nothing by itself");
    ExitCode::from(64)
}
