//! On a real cluster.

mod attempts;
mod cluster;
mod conformance;
mod holding;
mod mocked;
mod programs;
mod rendering;
mod switching;
