//! Environments on a Kubernetes cluster.
//!
//! ```no_run
//! use eve_core::{EnvironmentId, Runtime as _};
//! use eve_runtime_k8s::{K8sConfig, K8sHost};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let host = K8sHost::open(K8sConfig::new()).await?;
//! let seen = host.runtime().observe(&EnvironmentId::parse("acme/shop/staging")?).await?;
//! assert!(seen.objects.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! | what | for |
//! |---|---|
//! | [`K8sHost`] | one cluster, and whatever Eve does with it |
//! | [`K8sConfig`] | which cluster, and how environments are held there |
//! | [`K8sRuntime`] | services: planned, made, watched, ended |
//! | [`K8sRunner`] | attempts: Jobs of one pod, found again by whoever comes next |
//! | [`support`] | what becomes of each key that can be asked for |
//! | [`manifests`] | the objects of an environment, to be looked at |
//! | [`ClusterView`], [`collect`], [`diagnose`] | what is wrong in any namespace, by pure rules over what was read |
//! | [`role`] | the least role that lets Eve hold environments |
//! | [`K8sRoutes`] | routes by the cluster's own Services |
//!
//! An environment is a namespace `eve-<org>-<project>-<env>`. In it, each release of a service is an object of its own,
//! named for what it is made from; the Service under the plain name leads to one of them. What is not labelled as this
//! owner's is never changed.
//!
//! This crate chooses no version of the Kubernetes API: whoever builds a program turns on one feature of `k8s-openapi`.

mod access;
mod api;
mod config;
mod diagnosis;
mod exec;
mod host;
mod labels;
mod logs;
mod name;
mod render;
mod routes;
mod runner;
mod runtime;
mod values;

pub use access::role;
pub use config::{GatewayRef, Ingress, IngressClass, K8sConfig, PodSecurity, Tls};
pub use diagnosis::{
    Asked, ClusterView, CollectOptions, Keyed, LogTail, Unread, UnreadCause, collect, connect, diagnose, unreachable,
};
pub use host::K8sHost;
pub use name::K8sName;
pub use render::manifests;
pub use routes::K8sRoutes;
pub use runner::K8sRunner;
pub use runtime::{K8sRuntime, support};
