//! Files that a workload finds in place.

use std::collections::BTreeMap;

use eve_core::{Body, FileBlob, PlacedFiles, Result, ServiceName};
use serde_json::{Value, json};

use crate::name;

/// The files of a workload: what a ConfigMap holds, and where it is mounted.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// By the keys of the ConfigMap.
    pub(crate) blobs: BTreeMap<String, FileBlob>,
    pub(crate) volumes: Vec<Value>,
    pub(crate) mounts: Vec<Value>,
    /// The name of the ConfigMap; none without files.
    pub(crate) name: Option<eve_core::ObjectName>,
}

impl Files {
    /// One volume for each place: a file is mounted by itself, a folder as a whole.
    pub(crate) fn of(service: &ServiceName, placed: &[PlacedFiles]) -> Result<Self> {
        let mut out = Self::default();
        if placed.is_empty() {
            return Ok(out);
        }
        let what = format!("files-{}", Body::of(&placed)?.digest().short(8));
        let map = name::beside(service, &what)?;
        for (at, files) in placed.iter().enumerate() {
            let volume = format!("files-{at}");
            let mut items = Vec::new();
            let mut is_folder = false;
            for (number, (path, blob)) in files.tree.files().enumerate() {
                // Paths are no keys.
                let key = format!("{at}-{number}");
                let within = path.map_or_else(|| "file".to_owned(), ToString::to_string);
                is_folder |= path.is_some();
                items.push(json!({ "key": key, "path": within }));
                out.blobs.insert(key, blob.clone());
            }
            out.volumes
                .push(json!({ "name": volume, "configMap": { "name": map, "items": items, "defaultMode": 0o444 } }));
            let mut mount = json!({ "name": volume, "mountPath": files.target, "readOnly": true });
            if !is_folder {
                mount["subPath"] = json!("file");
            }
            out.mounts.push(mount);
        }
        out.name = Some(map);
        Ok(out)
    }
}
