//! Planning of the memory runtime.

use super::instance_spec::InstanceSpec;
use crate::desired::{HostNamespace, Probe, Resources, Restart, Service, Strategy};
use crate::{Addresses, Bound, Capabilities, Changes, Loss, LossGrade, Observed, Origins, Result, ServiceName, codes};

/// Compares what is wanted with what was seen. Pure.
pub(super) fn plan(capabilities: &Capabilities, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
    seen.check_environment(want.environment())?;
    capabilities.check(want)?;
    let mut wanted = Vec::new();
    for (name, service) in &want.desired.services {
        for spec in InstanceSpec::of(name, service, want, at)? {
            wanted.push(spec.wanted()?);
        }
    }
    let mut changes = Changes::diff(wanted, seen)?;
    for (name, service) in &want.desired.services {
        if let Some(reason) = alone(service) {
            changes.stop_first.insert(name.clone(), reason.to_owned());
        }
        losses(name, service, &want.desired.origins, &mut changes.losses);
    }
    Ok(changes)
}

/// Why old and new cannot run side by side.
fn alone(service: &Service) -> Option<&'static str> {
    if !service.may_overlap() {
        Some("it holds a published port or a volume that only one instance may hold")
    } else if service.rollout.strategy == Some(Strategy::Recreate) {
        Some("its rollout asks for it")
    } else {
        None
    }
}

fn losses(name: &ServiceName, service: &Service, origins: &Origins, losses: &mut Vec<Loss>) {
    let mut lose = |there: bool, path: &str, grade: LossGrade, reason: &str| {
        if there {
            let mut loss = Loss::new(format!("services.{name}.{path}"), grade, reason);
            loss.code = (grade == LossGrade::Ignored).then_some(codes::CAPABILITY_UNSUPPORTED);
            losses.push(loss);
        }
    };
    let Resources { requests, limits } = &service.resources;
    let restarts = asks_for_restarts(name, service, origins);
    lose(limits.cpu.is_some(), "resources.limits.cpu", LossGrade::Ignored, "nothing in memory uses a processor");
    lose(limits.memory.is_some(), "resources.limits.memory", LossGrade::Ignored, "nothing in memory is measured");
    lose(requests.cpu.is_some(), "resources.requests.cpu", LossGrade::Ignored, "nothing in memory uses a processor");
    lose(requests.memory.is_some(), "resources.requests.memory", LossGrade::Ignored, "nothing in memory is measured");
    let tries = service.health.as_ref().is_some_and(|health| health.probe != Probe::None);
    lose(tries, "health", LossGrade::Approximated, "the command line says when it is ready");
    lose(restarts, "restart", LossGrade::Ignored, "what ended in memory stays ended");
    let how = "its bytes are looked up, and nothing in memory reads them";
    lose(!service.files.is_empty(), "files", LossGrade::Approximated, how);
    let host = &service.host;
    let network = host.namespaces.contains(&HostNamespace::Network);
    lose(!host.is_empty(), "host", LossGrade::Approximated, "nothing in memory reaches a host");
    let why = "an instance in memory has its own address alone";
    lose(network, "host.namespaces.network", LossGrade::Refused, why);
}

/// True if somebody asked for restarts: the default alone is nobody's wish.
fn asks_for_restarts(name: &ServiceName, service: &Service, origins: &Origins) -> bool {
    let said = || origins.of(&format!("services.{name}.restart")).is_written();
    service.restart != Restart::Never && (service.restart != Restart::default() || said())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;
    use crate::desired::{ImageRef, Source};

    fn lost(change: impl FnOnce(&mut Service), origins: &Origins) -> Vec<String> {
        let mut service = Service::new(Source::Image(ImageRef::new("serve").unwrap()));
        change(&mut service);
        let mut found = Vec::new();
        losses(&ServiceName::new("web").unwrap(), &service, origins, &mut found);
        found.into_iter().map(|loss| loss.path).collect()
    }

    #[test]
    fn restarts_are_a_loss_only_where_somebody_asked_for_them() {
        let nobody = Origins::default();
        assert_eq!(lost(|_| {}, &nobody), [""; 0]);
        assert_eq!(lost(|service| service.restart = Restart::OnFailure, &nobody), ["services.web.restart"]);
        let mut written = Origins::default();
        written.insert("services.web.restart", Origin::File { file: "m".into(), line: 1, column: 1 });
        assert_eq!(lost(|_| {}, &written), ["services.web.restart"]);
        assert_eq!(lost(|service| service.restart = Restart::Never, &written), [""; 0]);
    }

    #[test]
    fn what_is_set_aside_is_a_loss() {
        let asked = |service: &mut Service| service.resources.requests.cpu = Some(crate::MilliCpu::new(1));
        assert_eq!(lost(asked, &Origins::default()), ["services.web.resources.requests.cpu"]);
    }
}
