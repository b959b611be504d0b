//! What a state directory promises beyond the traits that it implements.

mod blobs;
mod journal;
#[cfg(target_os = "linux")]
mod mounted;
mod reading;
mod scratch;
mod secrets;
mod state_dir;
