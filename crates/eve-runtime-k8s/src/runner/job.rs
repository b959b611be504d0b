//! The objects of an attempt. Pure.

use std::collections::BTreeMap;

use eve_core::desired::{ImageRef, Restart, Service, Source};
use eve_core::{Artifact, AttemptSpec, Error, OpCx, PlacedFiles, Result, ServiceName, codes};
use serde_json::{Value, json};

use super::attempt::{ATTEMPT, DIGEST, NAME, TIMEOUT, label};
use crate::api::Kind;
use crate::config::K8sConfig;
use crate::labels;
use crate::render::{Files, Secrets, pod_spec};

/// How much longer than its pod a Job may take, in seconds.
const NEVER_MADE: u64 = 60;

/// What an attempt is made of.
#[derive(Debug)]
pub(super) struct Parts {
    /// The Job, held back until the rest is there.
    pub(super) job: Value,
    pub(super) files: Files,
    pub(super) secrets: Secrets,
}

impl Parts {
    /// # Errors
    /// `plan.refused` without an image; `name.invalid` never happens for a valid attempt.
    pub(super) fn of(config: &K8sConfig, namespace: &str, spec: &AttemptSpec, cx: &OpCx) -> Result<Self> {
        let name = label(&spec.id);
        // Its objects are named as if it were a service.
        let own = ServiceName::new(name.clone())?;
        let placed: &[PlacedFiles] = &spec.files;
        let files = Files::of(&own, placed)?;
        let secrets = Secrets::of_variables(&own, &spec.variables, &spec.secrets)?;
        let image = reference(spec)?;
        let mut service = Service::new(Source::Image(ImageRef::new(image.as_str())?));
        service.process.entrypoint = (!spec.argv.is_empty()).then(|| spec.argv.clone());
        service.process.working_dir.clone_from(&spec.working_dir);
        service.resources = spec.resources.clone();
        service.restart = Restart::Never;
        let mut pod = pod_spec(config, &service, Kind::Job, &image, &spec.variables, (&files, &secrets))?;
        // What it left behind stays: only the pod's own deadline leaves it.
        pod["activeDeadlineSeconds"] = json!(crate::render::whole(spec.timeout));
        let marks = json!({ labels::OWNER: config.owner, ATTEMPT: name });
        let mut annotations = labels::stamp(&spec.digest()?, cx);
        annotations.remove(labels::HASH);
        annotations.extend(BTreeMap::from([
            (ATTEMPT.to_owned(), json!(spec.id.as_str())),
            (NAME.to_owned(), json!(spec.name)),
            (DIGEST.to_owned(), json!(spec.digest()?.to_string())),
            (TIMEOUT.to_owned(), json!(spec.timeout.as_millis().to_string())),
        ]));
        let job = json!({
            "apiVersion": Kind::Job.api_version(),
            "kind": "Job",
            "metadata": { "name": name, "namespace": namespace, "labels": marks, "annotations": annotations },
            "spec": {
                "suspend": true,
                "backoffLimit": 0,
                // For a pod that never comes to be, and has no clock of its own.
                "activeDeadlineSeconds": crate::render::whole(spec.timeout) + NEVER_MADE,
                "template": { "metadata": { "labels": marks }, "spec": pod },
            },
        });
        Ok(Self { job, files, secrets })
    }
}

/// The image, as the cluster pulls it.
fn reference(spec: &AttemptSpec) -> Result<String> {
    match (&spec.artifact, &spec.image) {
        (Some(artifact @ Artifact::Image { .. }), _) => Ok(artifact.to_string()),
        (None, Some(image)) => Ok(image.to_string()),
        (Some(artifact), _) => {
            let text = format!("{artifact} of {} is in no registry that a cluster pulls from", spec.name);
            Err(Error::invalid(codes::PLAN_REFUSED, text).with_hint("push it to a registry, or name an image"))
        }
        (None, None) => Err(Error::invalid(codes::PLAN_REFUSED, format!("{} has no image to run in", spec.name))
            .with_hint("give it an image or a build")),
    }
}
