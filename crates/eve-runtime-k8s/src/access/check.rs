//! Whether whoever asks may do what is needed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use eve_core::{Error, Result, codes};
use k8s_openapi::api::authorization::v1::{SelfSubjectRulesReview, SelfSubjectRulesReviewSpec};
use kube::Api;
use kube::api::PostParams;

use super::right::{Right, excess, missing, needed};
use crate::api::{Cluster, unavailable};
use crate::config::K8sConfig;

/// The namespaces in which it is known that everything that is needed may be done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rights(Arc<Mutex<BTreeSet<String>>>);

impl Rights {
    /// Asks the cluster, once a namespace, before anything is changed there.
    ///
    /// # Errors
    /// `access.denied`, naming every right that is missing; `backend.unavailable`.
    pub(crate) async fn check(&self, cluster: &Cluster, config: &K8sConfig, namespace: &str) -> Result<()> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(namespace) {
            return Ok(());
        }
        let spec = SelfSubjectRulesReviewSpec { namespace: Some(namespace.to_owned()) };
        let asked = SelfSubjectRulesReview { spec, ..SelfSubjectRulesReview::default() };
        let api: Api<SelfSubjectRulesReview> = Api::all(cluster.client());
        let told = api.create(&PostParams::default(), &asked).await;
        let told = told.map_err(|error| unavailable("asking what is allowed", error))?.status.unwrap_or_default();
        let lacking = missing(&needed(config), &told.resource_rules);
        // Not every authorizer tells all that it grants: then the cluster's own refusals have to do.
        if !told.incomplete && !lacking.is_empty() {
            return Err(denied(namespace, &lacking));
        }
        let more = excess(config, &told.resource_rules);
        if !more.is_empty() {
            tracing::warn!(namespace, more = more.join(", "), "more is allowed than is needed");
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(namespace.to_owned());
        Ok(())
    }
}

fn denied(namespace: &str, lacking: &[Right]) -> Error {
    let title = |right: &Right| {
        let group = if right.group.is_empty() { String::new() } else { format!(".{}", right.group) };
        format!("{} {}{group}", right.verb, right.resource)
    };
    let titles: Vec<String> = lacking.iter().map(title).collect();
    Error::denied(codes::ACCESS_DENIED, format!("not allowed in {namespace}: {}", titles.join(", ")))
        .with_hint("`eve rbac` prints the role that is needed")
}
