//! The rule.

use super::places::Reach;
use super::{Allowance, HostUse, Links, Policy, Refusal};
use crate::desired::{Bind, Device, HostAccess};
use crate::{AbsolutePath, Code, Desired, Origins, ServiceName, codes};

/// Everything that a target state asks of the host and the policy does not allow, in the order of services.
pub fn judge(policy: &Policy, desired: &Desired, links: &Links) -> Vec<Refusal> {
    let services = desired.services.iter();
    services.flat_map(|(name, service)| judge_service(policy, name, &service.host, &desired.origins, links)).collect()
}

/// Everything that one service asks of the host and the policy does not allow.
///
/// A path is judged as it is written and, where that is known to be something else, as it is without
/// links. What is asked for twice is refused twice, each at its place.
pub fn judge_service(
    policy: &Policy,
    service: &ServiceName,
    access: &HostAccess,
    origins: &Origins,
    links: &Links,
) -> Vec<Refusal> {
    let mut court = Court { policy, service, access, origins, links, refusals: Vec::new() };
    for (i, bind) in access.binds.iter().enumerate() {
        court.bind(i, bind);
    }
    if access.privileged && !policy.allows_privileged() {
        court.refuse("privileged", HostUse::Privileged, None, codes::POLICY_PRIVILEGED, Allowance::Privileged);
    }
    for namespace in access.namespaces.iter().filter(|namespace| !policy.allows_namespace(**namespace)) {
        let (asks, needs) = (HostUse::Namespace(*namespace), Allowance::Namespace(*namespace));
        court.refuse(&format!("namespaces.{namespace}"), asks, None, codes::POLICY_NAMESPACE, needs);
    }
    for capability in access.add_capabilities.iter().filter(|name| !policy.allows_capability(name, access)) {
        let (asks, needs) = (HostUse::Capability(capability.clone()), Allowance::Capability(capability.clone()));
        court.refuse(&format!("add_capabilities.{capability}"), asks, None, codes::POLICY_CAPABILITY, needs);
    }
    for (i, device) in access.devices.iter().enumerate() {
        court.device(i, device);
    }
    for what in access.unconfined.iter().filter(|what| !policy.allows_unconfined(**what, access)) {
        let (asks, needs) = (HostUse::Unconfined(*what), Allowance::Unconfined(*what));
        court.refuse(&format!("unconfined.{what}"), asks, None, codes::POLICY_UNCONFINED, needs);
    }
    court.refusals
}

struct Court<'a> {
    policy: &'a Policy,
    service: &'a ServiceName,
    access: &'a HostAccess,
    origins: &'a Origins,
    links: &'a Links,
    refusals: Vec<Refusal>,
}

impl Court<'_> {
    /// As it is written, and as it is without links: the first that is refused tells why.
    fn bind(&mut self, i: usize, bind: &Bind) {
        for path in self.spellings(&bind.source) {
            let before = self.refusals.len();
            self.bind_at(&format!("binds.{i}"), bind, &path);
            if self.refusals.len() > before {
                return;
            }
        }
    }

    fn bind_at(&mut self, at: &str, bind: &Bind, path: &AbsolutePath) {
        let reach = Reach::of(path, self.policy.engine_places());
        if reach != Reach::Nothing && !self.policy.allows_engine_socket() {
            let (asks, needs) = (HostUse::EngineSocket(bind.clone()), Allowance::EngineSocket);
            self.refuse(at, asks, Some(path), codes::POLICY_ENGINE_SOCKET, needs);
        }
        if reach != Reach::Socket && !self.policy.allows_bind(bind, path) {
            let needs = Allowance::Bind { path: path.clone(), write: !bind.read_only };
            self.refuse(at, HostUse::Bind(bind.clone()), Some(path), codes::POLICY_HOST_MOUNT, needs);
        }
    }

    fn device(&mut self, i: usize, device: &Device) {
        for path in self.spellings(&device.source) {
            if !self.policy.allows_device(&path, self.access) {
                let needs = Allowance::Device(path.clone());
                let asks = HostUse::Device(device.clone());
                return self.refuse(&format!("devices.{i}"), asks, Some(&path), codes::POLICY_DEVICE, needs);
            }
        }
    }

    /// A path as it is written and, if that is something else, without links.
    fn spellings(&self, path: &AbsolutePath) -> Vec<AbsolutePath> {
        let real = self.links.real(path);
        if real == path { vec![path.clone()] } else { vec![path.clone(), real.clone()] }
    }

    fn refuse(&mut self, at: &str, asks: HostUse, path: Option<&AbsolutePath>, code: Code, needs: Allowance) {
        let written = match &asks {
            HostUse::Bind(bind) | HostUse::EngineSocket(bind) => Some(&bind.source),
            HostUse::Device(device) => Some(&device.source),
            _ => None,
        };
        let real = path.filter(|path| written != Some(path)).cloned();
        let origin = self.origins.of(&format!("services.{}.host.{at}", self.service)).clone();
        self.refusals.push(Refusal { service: self.service.clone(), asks, real, origin, code, needs });
    }
}

#[cfg(test)]
mod tests;
