//! From a target state to changes. Pure.

use std::collections::BTreeMap;

use eve_core::desired::{HealthCheck, Probe, Service, Source, Strategy};
use eve_core::{
    Addresses, Artifact, Body, Bound, Capabilities, Changes, Error, ObjectId, Observed, Result, ServiceName, Wanted,
    codes, naming,
};

use super::instance_spec::InstanceSpec;
use super::losses::Losses;
use crate::workload;

/// The kind of the only objects that there are.
pub(super) const KIND: &str = "process";

/// What has to change.
///
/// # Errors
/// As [`Runtime::plan`](eve_core::Runtime::plan).
pub(super) fn plan(capabilities: &Capabilities, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
    seen.check_environment(want.environment())?;
    refuse_images(want)?;
    capabilities.check(want)?;
    let mut wanted = Vec::new();
    let mut losses = Vec::new();
    let mut stop_first = BTreeMap::new();
    for (name, service) in &want.desired.services {
        let artifact = want.artifacts.get(name).ok_or_else(|| no_artifact(name))?;
        check(name, service, artifact)?;
        let first = InstanceSpec::new(name, service, artifact, want, at)?;
        for replica in 0..service.replicas {
            let body = Body::of(&InstanceSpec { replica, ..first.clone() })?;
            let object = ObjectId::new(KIND, naming::instance(name, &body.digest(), replica)?);
            wanted.push(Wanted::new(object, body).with_service(name.clone()));
        }
        losses.extend(Losses::of_service(name, service));
        if let Some(reason) = must_stop_first(service) {
            stop_first.insert(name.clone(), reason.to_owned());
        }
    }
    losses.extend(want.desired.jobs.iter().flat_map(|(name, job)| Losses::of_job(name, job)));
    losses.extend(want.desired.volume_losses("folders of this machine have one kind, and grow as they need"));
    let mut changes = Changes::diff(wanted, seen)?;
    stop_first.retain(|name, _| changes.ensure.iter().any(|op| op.service.as_ref() == Some(name)));
    changes.stop_first = stop_first;
    changes.losses = losses;
    Ok(changes)
}

/// Names every service and job that is an image, so that one look is enough.
fn refuse_images(want: &Bound) -> Result<()> {
    let services = want.desired.services.iter().map(|(name, service)| (name, &service.source));
    let jobs = want.desired.jobs.iter().map(|(name, job)| (name, &job.source));
    let images: Vec<_> = services
        .chain(jobs)
        .filter_map(|(name, source)| match source {
            Source::Image(image) => Some(format!("{name} (`{image}`)")),
            _ => None,
        })
        .collect();
    if images.is_empty() {
        return Ok(());
    }
    let text = format!("images cannot run as processes: {}", images.join(", "));
    Err(Error::invalid(codes::PLAN_REFUSED, text)
        .with_hint("give them a build, or deploy to a runtime that runs images"))
}

fn check(name: &ServiceName, service: &Service, artifact: &Artifact) -> Result<()> {
    let refused = |text: String| Error::invalid(codes::PLAN_REFUSED, text);
    if !matches!(artifact, Artifact::Snapshot { .. }) {
        return Err(refused(format!("{artifact} of {name} cannot run as a process")));
    }
    if service.process.argv().is_empty() {
        return Err(refused(format!("{name} has no command line")).with_hint("set its command or entrypoint"));
    }
    if let Some(dir) = &service.process.working_dir {
        workload::relative(dir)
            .map_err(|why| refused(format!("{name}: {why}")).with_hint("name a folder below the build context"))?;
    }
    if let Some(health) = service.health.as_ref().filter(|health| health.probe != Probe::None) {
        check_health(health, service)
            .map_err(|why| refused(format!("the health check of {name} {why}")).with_hint("mend the health check"))?;
    }
    Ok(())
}

/// What would otherwise show only when an instance is made.
///
/// # Errors
/// Why the check cannot be tried.
fn check_health(health: &HealthCheck, service: &Service) -> Result<(), &'static str> {
    if health.interval.is_zero() || health.timeout.is_zero() {
        return Err("has an interval or a timeout of no time");
    }
    let port = match &health.probe {
        Probe::Http { path, .. } if !path.starts_with('/') || !path.bytes().all(|b| b.is_ascii_graphic()) => {
            return Err("asks for what is no path");
        }
        Probe::Http { port, .. } | Probe::Tcp { port } => *port,
        Probe::Command(argv) if argv.is_empty() => return Err("has an empty command line"),
        Probe::Command(_) => return Ok(()),
        _ => return Err("is of a kind that this version does not know"),
    };
    let known = match port {
        Some(number) => service.ports.iter().any(|port| port.number == number),
        None => !service.ports.is_empty(),
    };
    if known { Ok(()) } else { Err("names no port of it") }
}

fn no_artifact(name: &ServiceName) -> Error {
    Error::not_found(codes::RELEASE_NO_ARTIFACT, format!("{name} has no artifact in this release"))
        .with_hint("build the release again")
}

fn must_stop_first(service: &Service) -> Option<&'static str> {
    if service.ports.iter().any(|port| port.published.is_some()) {
        return Some("a fixed port of the host can be held only once");
    }
    if !service.may_overlap() {
        return Some("a volume may have only one writer");
    }
    (service.rollout.strategy == Some(Strategy::Recreate)).then_some("the manifest asks for it")
}
