//! Folders that outlive workloads.

use std::collections::BTreeSet;

use eve_core::{Bound, ObjectName, Result, VolumeName, naming};
use serde_json::json;

use super::rendered::Rendered;
use crate::api::Kind;
use crate::config::K8sConfig;
use crate::labels;
use crate::name::K8sName;

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
            let said = want.desired.volumes.get(volume);
            let size = said.and_then(|said| said.size).unwrap_or(config.volume_size);
            let class = said.and_then(|said| said.class.as_ref()).map(ObjectName::as_str);
            let mut spec = json!({ "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": size.as_bytes().to_string() } },
            }});
            if let Some(class) = class.or(config.storage_class.as_ref().map(K8sName::as_str)) {
                spec["spec"]["storageClassName"] = json!(class);
            }
            let claim = Rendered::new(config, want, Kind::Claim, claim_name(volume)?, spec);
            Ok(claim.with_annotations([(labels::VOLUME.to_owned(), json!(volume))]))
        })
        .collect()
}
