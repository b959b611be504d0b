//! On a real cluster.

mod attempts;
mod bench;
mod cluster;
mod conformance;
mod drifting;
mod holding;
mod mocked;
mod programs;
mod reading;
mod rendering;
mod switching;
