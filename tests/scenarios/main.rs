//! User stories, told through the facade alone: real processes, the real ingress, real files.

#![cfg(unix)]

mod cancelling;
mod changing;
mod client;
mod coming_back;
mod crashing;
mod examples;
mod holding;
#[cfg(target_os = "linux")]
mod inheriting;
mod jobs;
mod needing;
mod ports;
mod secrets;
mod shop;
mod stage;
mod succeeding;
#[cfg(target_os = "linux")]
mod supporting;
mod taking_turns;
mod undoing;
mod workload;
