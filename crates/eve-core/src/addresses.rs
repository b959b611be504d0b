//! Stable addresses that planning needs.

use crate::{Result, ServiceName};

/// Answers where services can be reached, while planning. Pure.
pub trait Addresses: Send + Sync {
    /// The stable URL of a service of the environment, without a trailing slash.
    ///
    /// # Errors
    /// `service.no_url` if the service has no port, `service.unknown` if it is not there.
    fn service_url(&self, service: &ServiceName) -> Result<String>;
}
