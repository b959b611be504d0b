//! Routes by the cluster's own Services.

mod confirm;
mod k8s_routes;
mod note;
mod public;
mod relay;

pub use k8s_routes::K8sRoutes;
pub(crate) use note::ROUTE;
pub(crate) use public::manifests;
