//! What an engine can do, and what it makes of each key.

use eve_core::desired::Strategy;
use eve_core::{Capabilities, Result, Support};

use super::plan;
use crate::config::DockerConfig;

/// What containers of an engine make of every key that somebody can ask for. Nothing is asked of the engine.
///
/// # Errors
/// As [`eve_core::support`].
pub fn support(config: &DockerConfig) -> Result<Vec<Support>> {
    let capabilities = capabilities(config);
    eve_core::support(&|want, seen, at| plan::plan(config, &capabilities, want, seen, at))
}

pub(super) fn capabilities(config: &DockerConfig) -> Capabilities {
    let mut capabilities =
        Capabilities::services().with_rollout(Strategy::Switched).with_rollout(Strategy::Recreate).with_logs();
    capabilities.limits_cpu = true;
    capabilities.limits_memory = true;
    capabilities.volumes = true;
    capabilities.published_ports = true;
    capabilities.secret_files = true;
    capabilities.files = true;
    capabilities.host_paths = config.is_here();
    capabilities.host_privileges = true;
    capabilities.host_namespaces = true;
    capabilities.survives_engine = true;
    capabilities
}
