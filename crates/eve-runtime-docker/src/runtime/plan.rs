//! From a target state to changes. Pure.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use eve_core::desired::{Probe, Protocol, Service, Strategy};
use eve_core::{
    Addresses, Body, Bound, Capabilities, Changes, Error, Loss, LossGrade, ObjectId, ObjectName, Observed, Owner,
    Result, ServiceName, Wanted, codes,
};

use super::container_spec::ContainerSpec;
use super::facts::Facts;
use super::losses::Losses;
use super::network::{self, NetworkSpec};
use super::volume::{self, VolumeSpec};
use crate::config::DockerConfig;
use crate::subnet::Subnet;

/// The kind of what services run in.
pub(super) const CONTAINER: &str = "container";

/// What has to change.
///
/// # Errors
/// As [`Runtime::plan`](eve_core::Runtime::plan), and `network.exhausted`.
pub(super) fn plan(
    config: &DockerConfig,
    capabilities: &Capabilities,
    want: &Bound,
    seen: &Observed,
    at: &dyn Addresses,
) -> Result<Changes> {
    seen.check_environment(want.environment())?;
    capabilities.check(want)?;
    let mut planner =
        Planner { config, want, seen, at, facts: Facts::of(seen)?, wanted: Vec::new(), changes: Changes::default() };
    if !want.desired.services.is_empty() {
        let subnet = planner.network()?;
        planner.volumes()?;
        planner.containers(subnet)?;
    }
    planner.finish()
}

struct Planner<'a> {
    config: &'a DockerConfig,
    want: &'a Bound,
    seen: &'a Observed,
    at: &'a dyn Addresses,
    facts: Facts,
    wanted: Vec<Wanted>,
    /// What is added to the comparison.
    changes: Changes,
}

impl Planner<'_> {
    /// The environment's network: the one that it has, or one in a free subnet.
    fn network(&mut self) -> Result<Subnet> {
        let id = network::id();
        let own = self.seen.object(&id).is_some_and(|object| object.owner == Owner::Eve);
        let subnet = match self.facts.subnet {
            Some(subnet) if own => subnet,
            _ => self.config.pool.choose(&self.want.environment().to_string(), &self.facts.taken)?,
        };
        self.wanted.push(Wanted::new(id, Body::of(&NetworkSpec::new(subnet))?));
        Ok(subnet)
    }

    fn volumes(&mut self) -> Result<()> {
        let services = self.want.desired.services.values();
        let names: BTreeSet<_> = services.flat_map(|service| &service.mounts).map(|mount| &mount.volume).collect();
        for name in names {
            self.wanted.push(Wanted::new(volume::id(name)?, Body::of(&VolumeSpec::new(name))?));
        }
        Ok(())
    }

    fn containers(&mut self, subnet: Subnet) -> Result<()> {
        let mut specs = Vec::new();
        for (name, service) in &self.want.desired.services {
            check(name, service)?;
            let first = ContainerSpec::new(name, service, self.want, self.at, self.config)?;
            for replica in 0..service.replicas {
                let spec = ContainerSpec { replica, ..first.clone() };
                specs.push((spec.name()?, spec));
            }
            self.changes.losses.extend(Losses::of_service(name, service, &first.files, self.config));
            if let Some(reason) = must_stop_first(service) {
                self.changes.stop_first.insert(name.clone(), reason.to_owned());
            }
        }
        let mut lots = Lots { subnet, taken: self.facts.addresses.values().copied().collect() };
        for (name, mut spec) in specs {
            spec.address = Some(match self.kept_address(&name, subnet) {
                Some(address) => address,
                None => lots.draw(&name, &self.given_up(&spec.service))?,
            });
            let mut wanted = Wanted::new(ObjectId::new(CONTAINER, name), Body::of(&spec)?)
                .with_service(spec.service.clone())
                .with_need(network::id());
            for mount in &spec.mounts {
                wanted = wanted.with_need(volume::id(&mount.volume)?);
            }
            self.wanted.push(wanted);
        }
        Ok(())
    }

    /// The address that a container of this very name has: it was made from the same.
    fn kept_address(&self, name: &ObjectName, subnet: Subnet) -> Option<Ipv4Addr> {
        let object = self.seen.object(&ObjectId::new(CONTAINER, name.clone()))?;
        let address = self.facts.addresses.get(name).copied().filter(|address| subnet.contains(*address))?;
        (object.owner == Owner::Eve).then_some(address)
    }

    /// The addresses of containers that end before the new ones of their service start: whoever plans
    /// again after that finds them free, and has to choose the same.
    fn given_up(&self, service: &ServiceName) -> BTreeSet<Ipv4Addr> {
        if !self.changes.stop_first.contains_key(service) {
            return BTreeSet::new();
        }
        let own = self.seen.ours().filter(|object| object.service.as_ref() == Some(service));
        own.filter_map(|object| self.facts.addresses.get(&object.id.name).copied()).collect()
    }

    fn finish(self) -> Result<Changes> {
        let Self { want, wanted, changes: extra, .. } = self;
        let mut changes = Changes::diff(wanted, self.seen)?;
        changes.losses = extra.losses;
        changes.losses.extend(want.desired.volume_losses("the engine's volumes have one kind, and grow as they need"));
        for (name, job) in &want.desired.jobs {
            changes.losses.extend(Losses::of_job(name, job, &want.placed(&job.files)?));
        }
        changes.stop_first = extra.stop_first;
        changes.stop_first.retain(|name, _| changes.ensure.iter().any(|op| op.service.as_ref() == Some(name)));
        if !want.ends {
            keep_volumes(&mut changes);
        }
        Ok(changes)
    }
}

/// What a volume holds outlives the release that stops using it: only the end of the environment
/// removes it.
fn keep_volumes(changes: &mut Changes) {
    let (kept, gone): (Vec<_>, Vec<_>) = changes.retire.drain(..).partition(|op| op.object.kind == volume::KIND);
    changes.retire = gone;
    for op in kept {
        let path = format!("volumes.{}", op.object.name);
        let how = "no service uses it any more; it is kept until the environment is deleted";
        changes.losses.push(Loss::new(path, LossGrade::Approximated, how));
    }
}

/// The addresses that are still free.
struct Lots {
    subnet: Subnet,
    taken: BTreeSet<Ipv4Addr>,
}

impl Lots {
    /// An address that follows from a container's name, as far as it is free: whoever plans again in
    /// the middle of a deploy chooses the same ones.
    fn draw(&mut self, name: &ObjectName, given_up: &BTreeSet<Ipv4Addr>) -> Result<Ipv4Addr> {
        let free = |address: &Ipv4Addr| !self.taken.contains(address) || given_up.contains(address);
        let found = self.subnet.addresses(name.as_str()).find(free);
        let address = found.ok_or_else(|| {
            let text = format!("{} has no address left for {name}", self.subnet);
            Error::exhausted(codes::NETWORK_EXHAUSTED, text)
                .with_hint("old and new instances stand side by side: give the runtime larger subnets, or run fewer")
        })?;
        self.taken.insert(address);
        Ok(address)
    }
}

fn check(name: &ServiceName, service: &Service) -> Result<()> {
    let refused = |what: &str, hint: &str| {
        Err(Error::invalid(codes::PLAN_REFUSED, format!("the health check of {name} {what}")).with_hint(hint))
    };
    let Some(health) = service.health.as_ref().filter(|health| health.probe != Probe::None) else { return Ok(()) };
    if health.interval.is_zero() || health.timeout.is_zero() {
        return refused("has an interval or a timeout of no time", "give it at least 1ms");
    }
    let port = match &health.probe {
        Probe::Http { path, .. } if !path.starts_with('/') || !path.bytes().all(|b| b.is_ascii_graphic()) => {
            return refused("asks for what is no path", "begin it with / and leave out spaces");
        }
        Probe::Http { port, .. } | Probe::Tcp { port } => *port,
        Probe::Command(argv) if argv.is_empty() => return refused("has an empty command line", "name a program"),
        Probe::Command(_) => return Ok(()),
        _ => return refused("is of a kind that this version does not know", "use http, tcp or a command"),
    };
    let known = match port {
        Some(number) => tcp_ports(service).any(|port| port == number),
        None => tcp_ports(service).next().is_some(),
    };
    if known { Ok(()) } else { refused("names no TCP port of it", "declare the port under `ports`") }
}

/// The ports that can be tried.
fn tcp_ports(service: &Service) -> impl Iterator<Item = u16> {
    service.ports.iter().filter(|port| port.protocol == Protocol::Tcp).map(|port| port.number)
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

#[cfg(test)]
mod tests;
