//! What an environment has whatever runs in it: its namespace, who its pods are, and who may talk to them.

use std::collections::BTreeMap;

use eve_core::{Bound, EnvironmentId, ObjectName, Op, Result, Verb};
use serde_json::json;

use super::rendered::{Rendered, namespace_name};
use super::{apply_set, policy};
use crate::api::Kind;
use crate::config::K8sConfig;

/// Who the pods of an environment are: somebody without any rights.
pub(crate) const ACCOUNT: &str = "eve";

/// What an attempt needs before the first deploy: operations as the runtime's own, so that it finds nothing to change.
///
/// # Errors
/// `internal.encode` never happens for these objects; the signature keeps the check.
pub(crate) fn for_attempts(config: &K8sConfig, environment: &EnvironmentId) -> Result<Vec<Op>> {
    let want = Bound::empty(environment.clone());
    let wanted =
        objects(config, &want)?.into_iter().filter(|one| matches!(one.kind, Kind::Namespace | Kind::ServiceAccount));
    wanted
        .map(|one| {
            let id = one.id();
            let body = one.wanted()?.body;
            Ok(Op::ensure(Verb::Create, id, None, body, "an attempt needs it"))
        })
        .collect()
}

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
