//! What a proxy does, in numbers.

use serde::{Deserialize, Serialize};

/// What a proxy does, in numbers, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProxyStats {
    /// Routes in force.
    pub routes: usize,
    /// Changes of the table so far.
    pub generation: u64,
    /// Clients' connections that are open, upgraded ones excepted.
    pub connections: u64,
    /// Requests that came in so far, those that the proxy refused among them.
    pub requests: u64,
    /// Requests and upgraded connections under way.
    pub in_flight: u64,
}
