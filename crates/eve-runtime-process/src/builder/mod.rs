//! Snapshots of build contexts.

mod context;
mod ignore;
mod snapshot_builder;
mod tree;

pub use snapshot_builder::SnapshotBuilder;
