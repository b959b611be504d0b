//! What a proxy is to be.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use eve_core::HostName;

use crate::UpgradePolicy;

/// What a proxy is to be. Everything has a default that fits one machine.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProxyConfig {
    /// Where public requests come in. Default 127.0.0.1.
    pub bind: IpAddr,
    /// The public port. 0 means the one that the [state](Self::state) tells of, or else one of
    /// [`internal_ports`](Self::internal_ports). Default 0.
    pub port: u16,
    /// The domain below which services get their public hosts. Default `lvh.me`, every name of
    /// which leads to 127.0.0.1.
    pub domain: HostName,
    /// Where requests of internal routes come in: an address that every caller of an internal route can
    /// reach, and nobody else should. Default 127.0.0.1.
    pub internal_bind: IpAddr,
    /// The ports of internal routes, and of the public port where that is left open.
    /// Default 20000 to 29999: below the ports that systems hand out by themselves, so that no
    /// outgoing connection sits on one while the proxy is away for a moment.
    pub internal_ports: RangeInclusive<u16>,
    /// Mixed into the choice of ports, so that two engines that hold environments of the same name
    /// on one machine choose different ones. Default empty.
    pub port_seed: String,
    /// Whether a port is tried before it is promised to an internal route. Default true; false where a
    /// proxy only tells the addresses that another one of the same seed gives.
    pub tries_ports: bool,
    /// A folder of its own, made for its owner alone where it does not exist, in which routes, ports
    /// and drain numbers outlive the proxy. One proxy at a time. Default none: they end with it.
    pub state: Option<PathBuf>,
    /// Connections that one listener holds at once; more wait to be accepted. Default 4096.
    pub max_connections: usize,
    /// How long a client may take to send a request's head, and how long a kept connection may
    /// stay idle. Default 30 s.
    pub header_timeout: Duration,
    /// How long connecting to an instance may take. Default 5 s.
    pub connect_timeout: Duration,
    /// How long a connection to an instance is kept idle. Default 2 s: shorter than the idle
    /// timeout of any common server, so that it is the proxy that closes first.
    pub idle_timeout: Duration,
    /// How old a connection to an instance may be when it is used again. Default 1 s: behind one address may stand
    /// several pods of a cluster, and one that is about to end is given no new connections, but goes on answering on
    /// those that it has.
    pub reuse_within: Duration,
    /// What a switch does to upgraded connections of the old release. Default: they are cut at the
    /// drain's deadline.
    pub upgrades: UpgradePolicy,
    /// Whether `Forwarded` and `X-Forwarded-*` headers of public requests are kept, as behind another
    /// proxy, and the client is added to `X-Forwarded-For`; otherwise they are replaced or removed.
    /// Default false.
    pub trust_forwarded: bool,
}

impl Default for ProxyConfig {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            domain: HostName::new("lvh.me").expect("the default domain is a host name"),
            internal_bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            internal_ports: 20_000..=29_999,
            port_seed: String::new(),
            tries_ports: true,
            state: None,
            max_connections: 4096,
            header_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(2),
            reuse_within: Duration::from_secs(1),
            upgrades: UpgradePolicy::default(),
            trust_forwarded: false,
        }
    }
}

impl ProxyConfig {
    /// Sets where public requests come in.
    pub fn with_bind(mut self, bind: IpAddr, port: u16) -> Self {
        self.bind = bind;
        self.port = port;
        self
    }

    /// Sets the domain of public hosts.
    pub fn with_domain(mut self, domain: HostName) -> Self {
        self.domain = domain;
        self
    }

    /// Sets where requests of internal routes come in.
    pub fn with_internal_bind(mut self, bind: IpAddr) -> Self {
        self.internal_bind = bind;
        self
    }

    /// Sets the ports of internal routes and what is mixed into their choice.
    pub fn with_internal_ports(mut self, ports: RangeInclusive<u16>, seed: impl Into<String>) -> Self {
        self.internal_ports = ports;
        self.port_seed = seed.into();
        self
    }

    /// Sets the folder in which routes, ports and drain numbers outlive the proxy.
    pub fn with_state(mut self, folder: impl Into<PathBuf>) -> Self {
        self.state = Some(folder.into());
        self
    }

    /// Sets how many connections one listener holds at once.
    pub fn with_max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Sets how long a client may take to send a request's head.
    pub fn with_header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout;
        self
    }

    /// Sets how long connecting to an instance may take, and how long a connection is kept idle.
    pub fn with_upstream_timeouts(mut self, connect: Duration, idle: Duration) -> Self {
        self.connect_timeout = connect;
        self.idle_timeout = idle;
        self
    }

    /// Sets how old a connection to an instance may be when it is used again.
    pub fn with_reuse_within(mut self, age: Duration) -> Self {
        self.reuse_within = age;
        self
    }

    /// Sets what a switch does to upgraded connections of the old release.
    pub fn with_upgrades(mut self, policy: UpgradePolicy) -> Self {
        self.upgrades = policy;
        self
    }

    /// Sets whether `X-Forwarded-*` headers of public requests are believed.
    pub fn with_trust_forwarded(mut self, trust: bool) -> Self {
        self.trust_forwarded = trust;
        self
    }
}
