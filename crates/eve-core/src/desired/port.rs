//! Ports.

use serde::{Deserialize, Serialize};

/// A port on which a service listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Port {
    /// The port inside the workload. Where the backend shares the host's network, the service is
    /// told in `PORT` where to listen instead.
    pub number: u16,
    /// The transport.
    pub protocol: Protocol,
    /// A fixed port of the host that leads here. Makes two releases side by side impossible.
    pub published: Option<u16>,
}

impl Port {
    /// A TCP port that is not published.
    pub fn tcp(number: u16) -> Self {
        Self { number, protocol: Protocol::Tcp, published: None }
    }
}

/// A transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}
