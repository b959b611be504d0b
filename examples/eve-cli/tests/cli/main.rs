//! The binary `eve`, as a user meets it.
#![cfg(target_os = "linux")]

mod deploying;
mod holding;
mod manifests;
mod reading;
mod secrets;
mod shop;
mod supervised;
mod usage;
