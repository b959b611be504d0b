//! Engines and supervisors that die, for real.

#![cfg(target_os = "linux")]

mod crash_points;
mod on_docker;
mod on_kubernetes;
mod random_kills;
mod two_engines;
