//! Routes by the cluster's own Services.

mod answer;
mod backs;
mod confirm;
mod k8s_routes;
mod note;
mod public;
mod relay;

pub use k8s_routes::K8sRoutes;
pub(crate) use note::{SPEC, noted};
pub(crate) use public::manifests;
