//! One engine, and everything that Eve does with it.

use std::fmt;
use std::sync::Arc;

use eve_core::Result;

use crate::api::Daemon;
use crate::builder::DockerBuilder;
use crate::config::DockerConfig;
use crate::runner::DockerRunner;
use crate::runtime::DockerRuntime;
use crate::subnet::Subnet;
use crate::watching::Feed;

/// One Docker Engine: a runtime on it, and whatever else Eve does with it. Clones share it.
#[derive(Debug, Clone)]
pub struct DockerHost {
    runtime: DockerRuntime,
    runner: DockerRunner,
    builder: DockerBuilder,
    daemon: Daemon,
}

impl DockerHost {
    /// An engine. Nothing is asked of it yet, so it need not run.
    ///
    /// # Errors
    /// `backend.unavailable` for a host of a kind that cannot be reached.
    pub fn new(config: DockerConfig) -> Result<Self> {
        let daemon = Daemon::new(&config)?;
        let (config, feed) = (Arc::new(config), Feed::new(daemon.clone()));
        let runtime = DockerRuntime::new(Arc::clone(&config), daemon.clone(), feed.clone());
        let builder = DockerBuilder::new(Arc::clone(&config), daemon.clone());
        let runner = DockerRunner::new(config, daemon.clone(), feed);
        Ok(Self { runtime, runner, builder, daemon })
    }

    /// The runtime that holds services.
    pub fn runtime(&self) -> DockerRuntime {
        self.runtime.clone()
    }

    /// The runner of attempts.
    pub fn runner(&self) -> DockerRunner {
        self.runner.clone()
    }

    /// The builder of images.
    pub fn builder(&self) -> DockerBuilder {
        self.builder.clone()
    }

    /// An address of this machine that every container of the engine can reach, whatever network it
    /// is in: the engine's own on its default bridge. Where something listens there, internal routes
    /// say, nobody outside of this machine reaches it.
    ///
    /// # Errors
    /// `network.missing` if the engine has no default bridge; `backend.unavailable`.
    pub async fn host_address(&self) -> Result<std::net::IpAddr> {
        let found = self.daemon.networks(&[("name", "bridge".to_owned())]).await?;
        let bridge = found.into_iter().find(|network| network.name.as_deref() == Some("bridge"));
        let ranges = bridge.and_then(|bridge| bridge.ipam?.config).unwrap_or_default();
        let mut gateways = ranges.iter().filter_map(|range| match &range.gateway {
            Some(gateway) => gateway.parse().ok(),
            // Not every engine tells what it chose itself: the first one.
            None => Some(range.subnet.as_deref()?.parse::<Subnet>().ok()?.gateway().into()),
        });
        gateways.next().ok_or_else(|| {
            eve_core::Error::not_found(eve_core::codes::NETWORK_MISSING, "the engine has no default bridge")
                .with_hint("start it without `--bridge none`")
        })
    }
}

impl fmt::Display for DockerHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.daemon)
    }
}
