//! Environments on a Kubernetes cluster.

mod diagnosis;

pub use diagnosis::{ClusterView, Keyed, LogTail, Unread, UnreadCause, diagnose};
