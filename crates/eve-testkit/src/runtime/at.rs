//! Addresses that a test gives.

use eve_core::{Addresses, Error, Result, ServiceName, codes};

/// Every service but `unknown` has an address: this text and its name.
pub(crate) struct At(pub(crate) &'static str);

impl Addresses for At {
    fn service_url(&self, service: &ServiceName) -> Result<String> {
        if service.as_str() == "unknown" {
            return Err(Error::invalid(codes::SERVICE_UNKNOWN, "no service is named unknown"));
        }
        Ok(format!("http://{}/{service}", self.0))
    }
}
