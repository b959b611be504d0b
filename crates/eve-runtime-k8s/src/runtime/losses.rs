//! What a cluster cannot honour, or only in its own way. Pure.

use std::time::Duration;

use eve_core::desired::{Probe, Restart, Service, Strategy};
use eve_core::{Bound, Loss, LossGrade, ServiceName};

/// A ConfigMap or Secret holds no more.
const MOST: u64 = 1 << 20;

/// The losses of one service.
pub(super) fn losses(name: &ServiceName, service: &Service, want: &Bound) -> Vec<Loss> {
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
    tell(shared && !service.mounts.is_empty(), "volumes", LossGrade::Approximated, how);
    let why = "a volume may have only one writer";
    let crowded = service.replicas > 1 && service.mounts.iter().any(|mount| mount.single_writer);
    tell(crowded, "replicas", LossGrade::Refused, why);
    let bytes = want.placed(&service.files).map_or(0, |placed| {
        placed.iter().flat_map(|files| files.tree.files()).map(|(_, blob)| blob.bytes).sum::<u64>()
    });
    tell(bytes > MOST * 9 / 10, "files", LossGrade::Refused, "a ConfigMap holds no more than 1 MiB");
    if let Some(health) = service.health.as_ref().filter(|health| health.probe != Probe::None) {
        let parts = |time: Duration| time.subsec_nanos() > 0;
        let how = "a cluster counts in whole seconds";
        tell(parts(health.interval) || parts(health.timeout), "health", LossGrade::Approximated, how);
    }
    told
}

/// True if another service mounts one of its volumes.
fn is_shared(name: &ServiceName, service: &Service, want: &Bound) -> bool {
    let others = want.desired.services.iter().filter(|(other, _)| *other != name);
    others.flat_map(|(_, other)| &other.mounts).any(|mount| service.mounts.iter().any(|own| own.volume == mount.volume))
}
