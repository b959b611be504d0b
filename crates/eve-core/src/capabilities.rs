//! What a runtime can do: the single truth about it, which also selects its conformance cases.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::desired::Strategy;
use crate::{Bound, Error, Result, codes};

/// What a runtime can do. An unset flag always yields `capability.unsupported`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each flag is an ability of its own, none excludes another")]
pub struct Capabilities {
    /// Services that run all the time.
    pub services: bool,
    /// The strategies by which a new release can take over.
    pub rollout: BTreeSet<Strategy>,
    /// Logs.
    pub logs: bool,
    /// Limits of processors are kept.
    pub limits_cpu: bool,
    /// Limits of memory are kept.
    pub limits_memory: bool,
    /// Named volumes.
    pub volumes: bool,
    /// Fixed ports of the host.
    pub published_ports: bool,
    /// Secrets as files that only the workload may read.
    pub secret_files: bool,
    /// Files of the project, put in place before a workload starts. Where this is not set, they are a
    /// refused loss that says why.
    #[serde(default)]
    pub files: bool,
    /// One instance stands for all replicas of a service; else each of them is an instance of its own.
    #[serde(default)]
    pub replicates: bool,
    /// Folders, files and devices of the host.
    pub host_paths: bool,
    /// Privileges, added capabilities and protections that are switched off.
    pub host_privileges: bool,
    /// Namespaces of the host; those that cannot be shared are losses.
    pub host_namespaces: bool,
    /// What runs goes on when the engine's process ends.
    pub survives_engine: bool,
    /// An older fencing token is refused by the backend itself.
    pub fences: bool,
    /// Commands can be run in instances, by [`Exec`](crate::Exec).
    #[serde(default)]
    pub exec: bool,
}

impl Capabilities {
    /// A runtime that can hold services, and nothing else.
    pub fn services() -> Self {
        Self { services: true, ..Self::default() }
    }

    /// Adds a strategy.
    pub fn with_rollout(mut self, strategy: Strategy) -> Self {
        self.rollout.insert(strategy);
        self
    }

    /// Adds logs.
    pub fn with_logs(mut self) -> Self {
        self.logs = true;
        self
    }

    /// Refuses a target state that asks for a strategy, a volume, a published port, a secret as a file or
    /// something of the host that is not claimed; all of them are named at once. Limits are a matter of losses.
    ///
    /// # Errors
    /// `capability.unsupported`.
    pub fn check(&self, want: &Bound) -> Result<()> {
        let mut asked = Vec::new();
        for (name, service) in &want.desired.services {
            let mut refuse = |refused: bool, what: &str| {
                if refused {
                    asked.push(format!("{what} ({name})"));
                }
            };
            refuse(!self.services, "services");
            refuse(
                service.rollout.strategy.is_some_and(|asked| !self.rollout.contains(&asked)),
                "its rollout strategy",
            );
            refuse(!self.volumes && !service.mounts.is_empty(), "volumes");
            let published = service.ports.iter().any(|port| port.published.is_some());
            refuse(!self.published_ports && published, "published ports");
            refuse(!self.secret_files && !service.secrets.is_empty(), "secrets as files");
            let host = &service.host;
            refuse(!self.host_paths && !host.binds.is_empty(), "folders of the host");
            refuse(!self.host_paths && !host.devices.is_empty(), "devices of the host");
            refuse(!self.host_privileges && host.asks_for_privileges(), "privileges on the host");
            refuse(!self.host_namespaces && !host.namespaces.is_empty(), "namespaces of the host");
        }
        if asked.is_empty() {
            return Ok(());
        }
        let text = format!("the runtime does not claim {}", asked.join(", "));
        Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text)
            .with_hint("leave it out, or deploy to a runtime that claims it"))
    }
}
