//! The binary `eve`, as a user meets it.
#![cfg(target_os = "linux")]

mod cleaning;
mod clustered;
mod deploying;
mod diagnosing;
mod hanging;
mod holding;
mod manifests;
mod others;
mod policy;
mod reading;
mod secrets;
mod shop;
mod supervised;
mod undeclared;
mod unread;
mod usage;
