//! On a real cluster.

mod cluster;
mod conformance;
mod programs;
mod rendering;
