//! What a cluster can do, and what it makes of each key.

use eve_core::desired::Strategy;
use eve_core::{Capabilities, Result, Support};

use super::plan;
use crate::config::K8sConfig;

/// What a cluster makes of every key that somebody can ask for. Nothing is asked of the cluster.
///
/// # Errors
/// As [`eve_core::support`].
pub fn support(config: &K8sConfig) -> Result<Vec<Support>> {
    let capabilities = capabilities(config);
    eve_core::support(&|want, seen, at| plan::plan(config, &capabilities, want, seen, at))
}

pub(super) fn capabilities(config: &K8sConfig) -> Capabilities {
    let mut capabilities = Capabilities::services()
        .with_rollout(Strategy::Switched)
        .with_rollout(Strategy::Rolling)
        .with_rollout(Strategy::Recreate)
        .with_logs();
    capabilities.limits_cpu = true;
    capabilities.limits_memory = true;
    capabilities.volumes = true;
    capabilities.secret_files = true;
    capabilities.files = true;
    capabilities.survives_engine = true;
    capabilities.replicates = true;
    capabilities.exec = config.exec;
    capabilities
}
