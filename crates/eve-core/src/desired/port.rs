//! Ports.

use std::net::IpAddr;

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
    /// The address of the host on which it is published. None means the one that the host's configuration says, 127.0.0.1 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<IpAddr>,
}

impl Port {
    /// A TCP port that is not published.
    pub fn tcp(number: u16) -> Self {
        Self { number, protocol: Protocol::Tcp, published: None, host: None }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_without_an_address_is_written_and_read_as_ever() {
        let written = r#"{"number":80,"protocol":"tcp","published":8080}"#;
        let port: Port = serde_json::from_str(written).unwrap();
        assert_eq!((port.published, port.host), (Some(8080), None));
        assert_eq!(serde_json::to_string(&port).unwrap(), written);
    }
}
