//! Environments on a Kubernetes cluster.

mod diagnosis;

pub use diagnosis::{
    Asked, ClusterView, CollectOptions, Keyed, LogTail, Unread, UnreadCause, collect, connect, diagnose, unreachable,
};
