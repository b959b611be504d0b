//! The published conformance suites, run on every backend and every wrapper.

#[cfg(feature = "proxy")]
mod custom;
#[cfg(all(unix, feature = "process", feature = "proxy", feature = "sqlite"))]
mod fixture;
mod memory;
mod planted;
#[cfg(all(unix, feature = "process", feature = "proxy", feature = "sqlite"))]
mod process;
#[cfg(feature = "proxy")]
mod proxy;
#[cfg(feature = "sqlite")]
mod sqlite;
mod wrapped;
