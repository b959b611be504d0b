//! Planning of the memory runtime.

use super::instance_spec::InstanceSpec;
use crate::desired::{Service, Strategy};
use crate::{Addresses, Bound, Changes, Error, Loss, LossGrade, Observed, Result, ServiceName, codes};

/// Compares what is wanted with what was seen. Pure.
pub(super) fn plan(want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
    if *want.environment() != seen.environment {
        let text = format!("{} was observed, {} is wanted", seen.environment, want.environment());
        return Err(Error::internal(codes::INTERNAL_INVARIANT, text));
    }
    let mut wanted = Vec::new();
    for (name, service) in &want.desired.services {
        if service.rollout.strategy == Some(Strategy::Rolling) {
            let text = format!("service {name} asks for a rolling rollout, which the memory runtime does not claim");
            return Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text)
                .with_hint("leave the strategy out, or ask for switched or recreate"));
        }
        for spec in InstanceSpec::of(name, service, want, at)? {
            wanted.push(spec.wanted()?);
        }
    }
    let mut changes = Changes::diff(wanted, seen)?;
    for (name, service) in &want.desired.services {
        if let Some(reason) = alone(service) {
            changes.stop_first.insert(name.clone(), reason.to_owned());
        }
        losses(name, service, &mut changes.losses);
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

fn losses(name: &ServiceName, service: &Service, losses: &mut Vec<Loss>) {
    let mut ignored = |there: bool, path: &str, reason: &str| {
        if there {
            let mut loss = Loss::new(format!("services.{name}.{path}"), LossGrade::Ignored, reason);
            loss.code = Some(codes::CAPABILITY_UNSUPPORTED);
            losses.push(loss);
        }
    };
    let limits = &service.resources.limits;
    ignored(limits.cpu.is_some(), "resources.limits.cpu", "nothing in memory uses a processor");
    ignored(limits.memory.is_some(), "resources.limits.memory", "nothing in memory is measured");
    ignored(!service.files.is_empty(), "files", "nothing in memory reads a file");
}
