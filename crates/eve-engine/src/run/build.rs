//! Building artifacts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eve_core::desired::{BuildSpec, Source};
use eve_core::event::RunEvent;
use eve_core::pipeline::Step;
use eve_core::{
    Artifact, BuildCx, BuildRequest, Cancel, Deadline, Desired, Error, Progress, ProgressEvent, ProgressStatus, Result,
    ServiceName, SourceDir, codes,
};

use super::{Halt, Run};
use crate::parts::Parts;

/// The services and jobs of a target state that are built.
pub(crate) fn buildable(desired: &Desired) -> BTreeMap<ServiceName, BuildSpec> {
    let services = desired.services.iter().map(|(name, service)| (name, &service.source));
    let jobs = desired.jobs.iter().map(|(name, job)| (name, &job.source));
    services
        .chain(jobs)
        .filter_map(|(name, source)| match source {
            Source::Build(spec) => Some((name.clone(), spec.clone())),
            _ => None,
        })
        .collect()
}

/// Builds services one after another; equal builds are made once.
///
/// # Errors
/// `build.context_missing` if there is no source folder; whatever the builder answers.
pub(crate) async fn build_services(
    parts: &Parts,
    specs: &BTreeMap<ServiceName, BuildSpec>,
    source: Option<&SourceDir>,
    cancel: &Cancel,
    say: &(dyn Fn(&ServiceName) -> Progress + Send + Sync),
    within: Duration,
) -> Result<BTreeMap<ServiceName, Artifact>> {
    let mut made: Vec<(&BuildSpec, Artifact)> = Vec::new();
    let mut out = BTreeMap::new();
    for (name, spec) in specs {
        cancel.check()?;
        let known = made.iter().find(|(other, _)| *other == spec).map(|(_, artifact)| artifact.clone());
        let artifact = if let Some(artifact) = known {
            artifact
        } else {
            let source = source.ok_or_else(|| {
                let text = format!("{name} is built, and no source folder was given");
                Error::invalid(codes::BUILD_CONTEXT_MISSING, text)
                    .with_hint("say where the project's files are with DeployRequest::with_source")
            })?;
            let mut cx = BuildCx::new(Arc::clone(&parts.env), Deadline::after(&*parts.env, within));
            cx.cancel = cancel.clone();
            cx.progress = say(name);
            let (id, progress) = (name.to_string(), cx.progress.clone());
            cx.log = Arc::new(move |line| {
                let text = String::from_utf8_lossy(&line).into_owned();
                progress.say(|| ProgressEvent::new(id.clone(), ProgressStatus::Running, text));
            });
            let request = BuildRequest::new(name.clone(), spec.clone(), source.clone());
            let artifact = parts.builder.build(&request, &cx).await?;
            made.push((spec, artifact.clone()));
            artifact
        };
        out.insert(name.clone(), artifact);
    }
    Ok(out)
}

impl Run {
    /// The step `build`.
    pub(super) async fn build(&self, step: &Step, services: &[ServiceName]) -> Result<(), Halt> {
        let environment = self.project()?.environment(&self.record.environment.env)?;
        let mut specs = buildable(&environment.desired);
        if !services.is_empty() {
            specs.retain(|name, _| services.contains(name));
        }
        // What the engine before this one built is there.
        specs.retain(|name, _| !self.record.artifacts.contains_key(name));
        let scope = self.scope.below(self.scope.child_id(step.name.as_str()));
        let say = |name: &ServiceName| {
            let (id, parent, progress) = (scope.child_id(name.as_str()), scope.parent.clone(), scope.progress.clone());
            Progress::to(move |event| {
                let mut event = event.with_parent(parent.clone());
                event.id.clone_from(&id);
                progress.say(|| event);
            })
        };
        if !specs.is_empty() {
            scope.writer.flush().await?;
        }
        let source = self.record.source.as_deref().map(SourceDir::new);
        let within = step.timeout.unwrap_or(scope.parts.settings.build);
        let made = build_services(&scope.parts, &specs, source.as_ref(), &scope.cancel, &say, within).await?;
        let events: Vec<_> = made
            .iter()
            .map(|(service, artifact)| RunEvent::Built { service: service.clone(), artifact: artifact.clone() })
            .collect();
        scope.writer.append(&events).await?;
        for (name, artifact) in &made {
            scope.say(name.as_str(), ProgressStatus::Done, || format!("{name}: {artifact}"));
        }
        self.made().artifacts.extend(made);
        Ok(())
    }
}
