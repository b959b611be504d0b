//! The process that holds a data plane while engines come and go.
//!
//! One supervisor per state directory holds *parts* ([`Part`](eve_core::control::Part)); engines
//! reach them over a Unix socket, through [`Control`]. It knows nothing of what a part holds and
//! decides nothing.
//!
//! A program becomes the supervisor when it is started again with two arguments:
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use eve_core::Result;
//! use eve_core::control::Part;
//! use eve_supervisor::Held;
//!
//! async fn parts(held: Held) -> Result<Vec<Arc<dyn Part>>> {
//!     let _what_the_engine_said: u16 = held.config.decode()?;
//!     Ok(vec![/* what lives on */])
//! }
//!
//! if let Some(dir) = eve_supervisor::mode(std::env::args_os()) {
//!     std::process::exit(eve_supervisor::run(dir, parts).into());
//! }
//! ```
//!
//! | here | is |
//! |---|---|
//! | [`Control`] | the client: finds the supervisor of a state directory, or starts it |
//! | [`Launcher`] | how one is started |
//! | [`mode`], [`run`], [`run_with`] | how a program becomes one |
//! | [`fences`] | the fencing tokens that all parts of a state directory share |
//! | [`holder`], [`end`] | whether one runs, and its end |
//!
//! # In the state directory
//! `supervisor/`, mode 0700:
//!
//! | file | is |
//! |---|---|
//! | `lock` | locked (`flock`) by the supervisor as long as it lives; its text is the process id |
//! | `socket` | where it listens, mode 0600; gone before the lock is |
//! | `log` | its standard error, emptied when one starts |
//! | `fences.json` | the largest fencing token of each environment |
//!
//! When the state directory is removed or replaced while a supervisor runs, nobody can reach it any
//! more: it ends what it holds, and itself.
//!
//! # What it inherits
//! It serves every engine, so what the first one happened to have must not count. It leads a session
//! of its own, works in `/` without that engine's variables and files, takes the signals that it may
//! have had ignored, sets the umask to 022 and raises the limit of open files to 65,536 or the hard one. What a
//! process cannot undo for itself stays as it was: the priority (`nice`), the other limits, the
//! control group, the user. Where a service manager starts the engine, these are the manager's; and
//! systemd ends the whole control group with a unit, unless the unit says `KillMode=process` or the
//! engine runs in a scope of its own.
//!
//! # Protocol
//! Frames are a big-endian `u32` length and that many bytes of JSON, at most 16 MiB. The client sends
//! `{"protocol":1,"version":…}` and waits for `welcome` or `refused`; then both send frames as they
//! come. `welcome` says which parts there are, and which version of its messages each understands:
//! what is for another version is not sent. Ids are given by the client and grow. A frame that cannot
//! be read or breaks a rule is answered by `refused`, nothing of it is done, and the connection
//! closes.
//!
//! The first poll of a call happens before that of the next call of its connection, and a stream is
//! asked for in the same order; after that all run at once. A client that goes away stops no call;
//! its streams are dropped.
#![cfg(unix)]

mod address;
mod client;
mod end;
mod fences;
mod launch;
mod lock;
mod place;
mod protocol;
mod run;
mod serve;

pub use client::{Control, ControlOptions};
pub use end::end;
pub use fences::fences;
pub use launch::{Launcher, MODE_ARGUMENT, mode};
pub use lock::holder;
pub use run::{Held, RunOptions, run, run_with};
