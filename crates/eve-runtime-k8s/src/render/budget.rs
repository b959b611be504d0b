//! How many pods of a service may be away at once, for the sake of somebody else's work on the nodes.

use eve_core::{Bound, ObjectName, Result};
use serde_json::json;

use super::rendered::Rendered;
use super::workload::Workload;
use crate::api::Kind;
use crate::config::K8sConfig;
use crate::{labels, name};

/// One of them, where there are two or more.
pub(super) fn of(config: &K8sConfig, want: &Bound, workload: &Workload<'_>) -> Result<Option<Rendered>> {
    if workload.service.replicas < 2 || workload.kind == Kind::Job {
        return Ok(None);
    }
    let spec = json!({ "spec": {
        "maxUnavailable": 1,
        "selector": { "matchLabels": labels::of_service(workload.name) },
    }});
    let name = ObjectName::new(name::of_service(workload.name))?;
    let rendered = Rendered::new(config, want, Kind::DisruptionBudget, name, spec);
    Ok(Some(rendered.with_labels(labels::of_service(workload.name))))
}
