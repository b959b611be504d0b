//! What processes of this machine can do, and what they make of each key.

use eve_core::desired::Strategy;
use eve_core::{Capabilities, Result, Support};

use super::plan;

/// What processes of this machine make of every key that somebody can ask for.
///
/// # Errors
/// As [`eve_core::support`].
pub fn support() -> Result<Vec<Support>> {
    let capabilities = capabilities(true);
    eve_core::support(&|want, seen, at| plan::plan(&capabilities, want, seen, at))
}

pub(super) fn capabilities(survives_engine: bool) -> Capabilities {
    let mut capabilities =
        Capabilities::services().with_rollout(Strategy::Switched).with_rollout(Strategy::Recreate).with_logs();
    capabilities.limits_memory = cfg!(target_os = "linux");
    capabilities.published_ports = true;
    capabilities.host_namespaces = true;
    capabilities.survives_engine = survives_engine;
    capabilities.fences = true;
    capabilities
}
