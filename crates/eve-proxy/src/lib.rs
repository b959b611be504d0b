//! The built-in ingress: routes by host and path, switched and drained without losing a request.
//!
//! [`Proxy`] listens on one public address and on one loopback address for every internal route,
//! and implements [`Routes`](eve_core::Routes). It speaks HTTP/1.1 (and 1.0) and carries upgraded
//! connections such as WebSockets.

mod config;
mod confirm;
mod drains;
mod forward;
mod instance;
mod pool;
mod ports;
mod proxy;
mod routes;
mod server;
mod stats;
mod table;
mod upgrade_policy;

pub use config::ProxyConfig;
pub use proxy::Proxy;
pub use stats::ProxyStats;
pub use table::{RouteRecord, TableSnapshot};
pub use upgrade_policy::UpgradePolicy;
