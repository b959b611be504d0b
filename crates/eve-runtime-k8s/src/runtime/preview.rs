//! The cluster's own dry run, and what is kept as evidence.

use async_trait::async_trait;
use eve_core::{EnvironmentId, Evidence, InstanceRef, Op, PreviewPlan, Result, Verb, naming};

use super::k8s_runtime::K8sRuntime;
use super::look::Look;
use crate::api::{Apply, Kind, is_gone};
use crate::render::Content;

#[async_trait]
impl PreviewPlan for K8sRuntime {
    async fn preview(&self, env: &EnvironmentId, ops: &[Op]) -> Result<Vec<String>> {
        let namespace = naming::namespace(env);
        let manager = self.config.runtime_manager();
        let mut out = Vec::new();
        for op in ops {
            let Some(kind) = Kind::of_word(&op.object.kind) else { continue };
            if op.verb == Verb::Delete {
                out.push(format!("{}: would be removed", op.object));
                continue;
            }
            let Some(content) = op.body.as_ref() else { continue };
            let Content { object, .. } = content.decode()?;
            let how = Apply { manager: &manager, dry_run: true };
            let said = match self.cluster.apply(kind, &namespace, op.object.name.as_str(), &object, how).await {
                Ok(_) => "the cluster takes it".to_owned(),
                // What lives in a namespace that is not there yet cannot be tried.
                Err(error) if is_gone(&error) && kind != Kind::Namespace => {
                    "cannot be tried before its namespace is there".to_owned()
                }
                Err(error) => {
                    let error = crate::api::unavailable("a dry run", error);
                    if error.is_retryable() {
                        return Err(error);
                    }
                    error.to_string()
                }
            };
            out.push(format!("{}: {said}", op.object));
        }
        Ok(out)
    }
}

impl K8sRuntime {
    pub(super) async fn capture_evidence(&self, env: &EnvironmentId, instance: &InstanceRef) -> Result<Vec<Evidence>> {
        let look = Look::take(&self.cluster, &self.config, env).await?;
        let seen = self.explained(&look).await;
        let about = |finding: &eve_core::Finding| finding.subject.instance.as_ref() == Some(instance);
        let findings = seen.findings.into_iter().filter(about);
        Ok(findings.flat_map(|finding| finding.evidence).collect())
    }
}
