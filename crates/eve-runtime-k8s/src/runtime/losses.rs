//! What a cluster cannot honour, or only in its own way. Pure.

use std::time::Duration;

use eve_core::desired::{FileMount, Job, Probe, Restart, Service, Strategy};
use eve_core::{Bound, Loss, LossGrade, ServiceName};

use crate::config::K8sConfig;

/// A ConfigMap or Secret holds no more.
const MOST: u64 = 1 << 20;
const TOO_MUCH: &str = "a ConfigMap holds no more than 1 MiB";

/// The losses of one service.
pub(super) fn of_service(config: &K8sConfig, name: &ServiceName, service: &Service, want: &Bound) -> Vec<Loss> {
    let mut told = Vec::new();
    let mut tell = |lost: bool, path: &str, grade: LossGrade, reason: &str| {
        if lost {
            told.push(Loss::new(format!("services.{name}.{path}"), grade, reason));
        }
    };
    let ends = service.restart != Restart::Always;
    let rolls = service.rollout.strategy == Some(Strategy::Rolling);
    let why = "what comes to an end is made anew, and not replaced pod by pod";
    tell(rolls && ends, "rollout.strategy", LossGrade::Refused, why);
    let how = "old and new answer side by side, and one that fails is known only when some pods are replaced already";
    tell(rolls && !ends, "rollout.strategy", LossGrade::Approximated, how);
    let how = "all pods that use a volume have to be on one node";
    let shared = service.replicas > 1 || is_shared(name, service, want);
    tell(shared && !service.mounts.is_empty(), "mounts", LossGrade::Approximated, how);
    let why = "a volume may have only one writer";
    let crowded = service.replicas > 1 && service.mounts.iter().any(|mount| mount.single_writer);
    tell(crowded, "replicas", LossGrade::Refused, why);
    tell(is_too_much(&service.files, want), "files", LossGrade::Refused, TOO_MUCH);
    // The default is nobody's wish.
    let origin = want.desired.origins.of(&format!("services.{name}.rollout.drain"));
    let is_asked = origin.is_written();
    let how = "between services old pods answer on for the pause before their end, however long requests take";
    let drains = is_asked && !service.ports.is_empty() && service.rollout.drain > config.pre_stop;
    tell(drains, "rollout.drain", LossGrade::Approximated, how);
    if let Some(health) = service.health.as_ref().filter(|health| health.probe != Probe::None) {
        let parts = |time: Duration| time.subsec_nanos() > 0;
        let how = "a cluster counts in whole seconds";
        tell(parts(health.interval) || parts(health.timeout), "health", LossGrade::Approximated, how);
    }
    told
}

/// The losses of one job.
pub(super) fn of_job(name: &ServiceName, job: &Job, want: &Bound) -> Vec<Loss> {
    let path = format!("services.{name}.files");
    is_too_much(&job.files, want).then(|| Loss::new(path, LossGrade::Refused, TOO_MUCH)).into_iter().collect()
}

fn is_too_much(files: &[FileMount], want: &Bound) -> bool {
    let bytes = want.placed(files).map_or(0, |placed| {
        placed.iter().flat_map(|files| files.tree.files()).map(|(_, blob)| blob.bytes).sum::<u64>()
    });
    bytes > MOST * 9 / 10
}

/// True if another service mounts one of its volumes.
fn is_shared(name: &ServiceName, service: &Service, want: &Bound) -> bool {
    let others = want.desired.services.iter().filter(|(other, _)| *other != name);
    others.flat_map(|(_, other)| &other.mounts).any(|mount| service.mounts.iter().any(|own| own.volume == mount.volume))
}

#[cfg(test)]
mod tests {
    use eve_core::desired::{ImageRef, Port, Process, Source};
    use eve_core::{Desired, EnvironmentId, Origin};

    use super::*;

    fn web() -> (ServiceName, Service) {
        let mut service = Service::new(Source::Image(ImageRef::new("web:1").unwrap()));
        service.ports.push(Port::tcp(80));
        (ServiceName::new("web").unwrap(), service)
    }

    fn empty() -> Bound {
        Bound::unreleased(Desired::empty(EnvironmentId::parse("acme/shop/dev").unwrap()))
    }

    #[test]
    fn a_drain_that_somebody_asked_for_is_told_and_the_default_is_not() {
        let ((name, service), mut want) = (web(), empty());
        let told = |want: &Bound| of_service(&K8sConfig::new(), &name, &service, want);
        assert!(told(&want).is_empty());
        let written = Origin::File { file: "m".into(), line: 1, column: 1 };
        want.desired.origins.insert("services.web.rollout.drain", written);
        assert_eq!(told(&want).iter().map(|loss| &*loss.path).collect::<Vec<_>>(), ["services.web.rollout.drain"]);
    }

    #[test]
    fn files_that_no_config_map_holds_are_refused_for_services_and_jobs() {
        let ((name, mut service), want) = (web(), empty());
        let large = FileMount::text("x".repeat(1 << 20), "/etc/large");
        service.files.push(large.clone());
        let mut job = Job::new(service.source.clone(), Process::default());
        job.files.push(large);
        for losses in [of_service(&K8sConfig::new(), &name, &service, &want), of_job(&name, &job, &want)] {
            let found: Vec<_> = losses.iter().map(|loss| (&*loss.path, loss.grade)).collect();
            assert_eq!(found, [("services.web.files", LossGrade::Refused)]);
        }
    }
}
