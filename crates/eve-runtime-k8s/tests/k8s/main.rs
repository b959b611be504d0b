//! On a real cluster.

mod cluster;
mod conformance;
mod mocked;
mod programs;
mod rendering;
mod switching;
