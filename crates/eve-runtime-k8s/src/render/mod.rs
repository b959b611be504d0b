//! From a target state to the objects of a cluster. Pure: two equal target states have equal objects.

mod apply_set;
mod budget;
mod environment;
mod files;
mod pod;
mod policy;
mod probe;
mod rendered;
mod secrets;
mod service;
mod volume;
mod workload;

pub(crate) use environment::{ACCOUNT, for_attempts};
pub(crate) use files::Files;
pub(crate) use pod::spec as pod_spec;
pub(crate) use probe::whole;
pub(crate) use rendered::{Content, Rendered};
pub(crate) use secrets::Secrets;
pub(crate) use service::RELEASE;
pub(crate) use workload::must_stop_first;

use eve_core::{Addresses, Bound, Result};
use serde_json::Value;

use crate::config::K8sConfig;

/// The objects of an environment as they are applied, each after what it needs; secrets and files are named in them,
/// and not filled in. What leads requests from outside is there, too.
///
/// # Errors
/// As [`Runtime::plan`](eve_core::Runtime::plan).
pub fn manifests(config: &K8sConfig, want: &Bound, at: &dyn Addresses) -> Result<Vec<Value>> {
    let mut out: Vec<Value> = render(config, want, at)?.into_iter().map(|rendered| rendered.content.object).collect();
    out.extend(crate::routes::manifests(config, want));
    Ok(out)
}

/// All objects of an environment, each after what it needs.
///
/// # Errors
/// `service.no_url`, `service.unknown`, `plan.refused`, `secret.missing`, `file.missing`, `release.no_artifact`.
pub(crate) fn render(config: &K8sConfig, want: &Bound, at: &dyn Addresses) -> Result<Vec<Rendered>> {
    if want.desired.services.is_empty() {
        return Ok(Vec::new());
    }
    let mut out = environment::objects(config, want)?;
    out.extend(volume::claims(config, want)?);
    for (name, wanted) in &want.desired.services {
        let workload = workload::Workload::new(config, want, at, name, wanted)?;
        out.extend(service::services(config, want, &workload)?);
        out.extend(budget::of(config, want, &workload)?);
        out.extend(workload.into_objects(config, want)?);
    }
    policy::allow(config, want, &mut out)?;
    out.sort_by_key(|rendered| rendered.kind);
    Ok(out)
}
