//! The three files that the process is started with.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, Write as _};

use eve_core::control::Message;
use eve_core::{Error, Result, codes};
use zeroize::Zeroizing;

use crate::launch::Readiness;

/// Reads what the engine says: one line.
///
/// # Errors
/// `control.malformed` if it went away before the line's end.
pub(super) fn config() -> Result<Message> {
    let mut line = Zeroizing::new(String::new());
    let read = io::stdin().lock().read_line(&mut line);
    let cut = || Error::invalid(codes::CONTROL_MALFORMED, "the supervisor was not told its settings");
    read.map_err(|e| cut().with_source(e))?;
    line.strip_suffix('\n').map(Message::from_text).ok_or_else(cut)
}

/// Tells the engine. It may be gone.
pub(super) fn say(readiness: &Readiness) {
    if let Ok(mut line) = serde_json::to_vec(readiness) {
        line.push(b'\n');
        let mut out = io::stdout().lock();
        let _ = out.write_all(&line).and_then(|()| out.flush());
    }
}

/// Lets go of the engine's pipes.
///
/// # Errors
/// `state.io`.
pub(super) fn close() -> Result<()> {
    let null = || -> io::Result<File> { OpenOptions::new().read(true).write(true).open("/dev/null") };
    let close = || -> io::Result<()> {
        let null = null()?;
        rustix::stdio::dup2_stdin(&null)?;
        Ok(rustix::stdio::dup2_stdout(&null)?)
    };
    close().map_err(|e| Error::unavailable(codes::STATE_IO, "the supervisor cannot let go of its pipes").with_source(e))
}
