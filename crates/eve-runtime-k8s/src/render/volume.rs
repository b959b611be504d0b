//! Folders that outlive workloads.

use std::collections::BTreeSet;

use eve_core::{Bound, ObjectName, Result, VolumeName, naming};
use serde_json::json;

use super::rendered::Rendered;
use crate::api::Kind;
use crate::config::K8sConfig;

/// The claim of a volume.
pub(super) fn claim_name(volume: &VolumeName) -> Result<ObjectName> {
    ObjectName::new(naming::label(volume.as_str()))
}

/// One claim for each volume that a service names. What is claimed is never changed: most of it cannot be.
pub(super) fn claims(config: &K8sConfig, want: &Bound) -> Result<Vec<Rendered>> {
    let mounts = want.desired.services.values().flat_map(|service| &service.mounts);
    let names: BTreeSet<_> = mounts.map(|mount| &mount.volume).collect();
    names
        .into_iter()
        .map(|volume| {
            let mut spec = json!({ "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": config.volume_size.as_bytes().to_string() } },
            }});
            if let Some(class) = &config.storage_class {
                spec["spec"]["storageClassName"] = json!(class);
            }
            Ok(Rendered::new(config, want, Kind::Claim, claim_name(volume)?, spec))
        })
        .collect()
}
