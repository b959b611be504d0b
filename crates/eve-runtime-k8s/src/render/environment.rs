//! What an environment has whatever runs in it: its namespace, who its pods are, and who may talk to them.

use std::collections::BTreeMap;

use eve_core::{Bound, ObjectName, Result};
use serde_json::json;

use super::rendered::{Rendered, namespace_name};
use super::{apply_set, policy};
use crate::api::Kind;
use crate::config::K8sConfig;

/// Who the pods of an environment are: somebody without any rights.
pub(super) const ACCOUNT: &str = "eve";

pub(super) fn objects(config: &K8sConfig, want: &Bound) -> Result<Vec<Rendered>> {
    let level = json!(config.pod_security.as_str());
    let security: BTreeMap<_, _> =
        ["enforce", "audit", "warn"].map(|mode| (format!("pod-security.kubernetes.io/{mode}"), level.clone())).into();
    let namespace = Rendered::new(config, want, Kind::Namespace, namespace_name(want), json!({})).with_labels(security);
    let mut account = json!({ "automountServiceAccountToken": false });
    if let Some(secret) = &config.pull_secret {
        account["imagePullSecrets"] = json!([{ "name": secret }]);
    }
    let account = Rendered::new(config, want, Kind::ServiceAccount, ObjectName::new(ACCOUNT)?, account);
    let mut out = vec![namespace, apply_set::parent(config, want)?, account];
    out.extend(policy::closed(config, want)?);
    Ok(out)
}
