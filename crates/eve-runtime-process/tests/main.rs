//! Real processes, each test in a state folder of its own.
#![cfg(unix)]

mod attempts;
mod crashes;
mod environment;
mod health;
mod leftovers;
mod lifecycle;
mod logs;
mod place;
mod planning;
mod snapshots;
