//! What a state directory promises beyond the traits that it implements.

mod blobs;
mod form;
mod journal;
#[cfg(target_os = "linux")]
mod mounted;
#[cfg(unix)]
mod processes;
mod reading;
mod scratch;
mod secrets;
mod state_dir;
#[cfg(unix)]
mod worker;
mod writers;
