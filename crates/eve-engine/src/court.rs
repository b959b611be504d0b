//! Judging what a target state asks of the host.

use eve_core::policy::{Links, Refusals, judge, judge_service};
use eve_core::{AbsolutePath, Desired, Policy, Result};

use crate::parts::Parts;

/// Fails for what the host does not allow; nothing else has been done by then. Links are followed where the
/// runtime sees the host: only those of paths that are allowed as they are written.
///
/// # Errors
/// `policy.*` with everything that is refused; `host_path.missing` with everything that is not there.
pub(crate) async fn admit(parts: &Parts, desired: &Desired) -> Result<()> {
    let policy = &*parts.settings.policy;
    let Some(view) = parts.runtime.host_view() else {
        return Refusals::check(judge(policy, desired, &Links::default()));
    };
    let policy = view.engine_places().into_iter().fold(policy.clone(), Policy::with_engine_place);
    let followed = Links::follow(view, allowed_paths(&policy, desired)).await;
    let links = followed.as_ref().cloned().unwrap_or_default();
    // What is refused as it is written is told first.
    Refusals::check(judge(&policy, desired, &links))?;
    followed.map(drop)
}

/// The paths of the host that services ask for and that are allowed as they are written.
fn allowed_paths(policy: &Policy, desired: &Desired) -> Vec<AbsolutePath> {
    let mut paths = Vec::new();
    for (name, service) in &desired.services {
        let refusals = judge_service(policy, name, &service.host, &desired.origins, &Links::default());
        let refused = |path: &AbsolutePath| refusals.iter().any(|refusal| refusal.path() == Some(path));
        let binds = service.host.binds.iter().map(|bind| &bind.source);
        let devices = service.host.devices.iter().map(|device| &device.source);
        paths.extend(binds.chain(devices).filter(|path| !refused(path)).cloned());
    }
    paths.sort();
    paths.dedup();
    paths
}
