//! Snapshots of build contexts.

mod context;
mod shelf;
mod snapshot_builder;
mod tree;
mod unfinished;

pub use snapshot_builder::SnapshotBuilder;

pub(crate) use unfinished::Unfinished;
