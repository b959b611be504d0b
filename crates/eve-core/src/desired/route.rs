//! Ways from outside to a service.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{ByteSize, HostName, ServiceName};

/// A host and path that lead from outside to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublicRoute {
    /// The service.
    pub service: ServiceName,
    /// The host name.
    pub host: HostName,
    /// The path prefix, beginning with `/`. By default `/`.
    pub path: String,
    /// The service's port, one of those that it declares.
    pub port: u16,
    /// How long one request may take, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// How large one request may be, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_body: Option<ByteSize>,
}

impl PublicRoute {
    /// Everything under a host, to a service's port.
    pub fn new(service: ServiceName, host: HostName, port: u16) -> Self {
        Self { service, host, path: "/".to_owned(), port, timeout: None, max_body: None }
    }
}
