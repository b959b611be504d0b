//! The Kubernetes API: every call, and what its refusals mean.

mod cluster;
mod connection;
mod failure;
mod kind;
mod known;
mod served;

pub(crate) use cluster::{Apply, Cluster, of_metadata};
pub(crate) use failure::{is_conflict, is_gone, unavailable};
pub(crate) use kind::Kind;
pub(crate) use served::Served;
