//! Real processes, each test in a state folder of its own.
#![cfg(unix)]

#[cfg(target_os = "linux")]
mod adoption;
mod attempts;
mod crashes;
mod environment;
mod health;
mod holding;
mod leftovers;
mod lifecycle;
mod logs;
#[cfg(target_os = "linux")]
mod outliving;
mod place;
mod planning;
mod snapshots;
