//! From a backend's changes to a plan: the one order on every backend.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Gate, Node, Plan, RouteOp, RouteTable, Work};
use crate::desired::{Dependency, Service};
use crate::{
    Bound, Changes, Expected, Loss, LossGrade, ObjectId, Observed, ObservedRoute, Op, Result, RouteId, RouteSpec,
    RouteTarget, ServiceName,
};

/// The window where traffic moves from an older release and the service says nothing.
const WINDOW: Duration = Duration::from_secs(5);
/// The drain of an instance whose service is gone from the target state.
const DRAIN: Duration = Duration::from_secs(30);

/// Adds gates and route operations to a backend's changes. Pure.
///
/// The order: what serves the environment as a whole, what a service needs, then its objects, its readiness, its internal route; when all
/// services are ready and have stayed so for the window, all public routes; then the old instances
/// drain and go. Routes that are no longer wanted close before the instances behind them drain.
///
/// # Errors
/// `service.cycle` or `service.unknown` from the target state.
pub fn compose(want: &Bound, seen: &Observed, changes: &Changes, routes: &RouteTable) -> Result<Plan> {
    let mut composer = Composer {
        want,
        seen,
        changes,
        routes,
        nodes: Vec::new(),
        made: BTreeMap::new(),
        shared: Vec::new(),
        ready: BTreeMap::new(),
        internal: BTreeMap::new(),
        notes: Vec::new(),
        losses: want
            .desired
            .losses
            .iter()
            .chain(&changes.losses)
            .cloned()
            .chain(want.desired.managed_losses())
            .collect(),
    };
    composer.jobs();
    composer.shared_objects();
    for name in want.desired.in_order()? {
        composer.service(name, &want.desired.services[name]);
    }
    let hold = composer.hold();
    let moved = composer.public_routes(hold);
    let closed = composer.closures(hold, &moved);
    let over: Vec<usize> = moved.into_iter().chain(closed).collect();
    composer.retirements(&over);
    Ok(Plan {
        schema: Plan::SCHEMA,
        environment: want.environment().clone(),
        release: want.release.clone(),
        secrets: want.secrets.clone(),
        nodes: composer.nodes,
        losses: composer.losses,
        notes: composer.notes,
    })
}

struct Composer<'a> {
    want: &'a Bound,
    seen: &'a Observed,
    changes: &'a Changes,
    routes: &'a RouteTable,
    nodes: Vec<Node>,
    /// The node that makes an object.
    made: BTreeMap<ObjectId, usize>,
    /// The nodes of objects that serve the environment as a whole: routes may be made of them.
    shared: Vec<usize>,
    /// The gate of a service.
    ready: BTreeMap<ServiceName, usize>,
    /// The internal switch of a service.
    internal: BTreeMap<ServiceName, usize>,
    notes: Vec<String>,
    losses: Vec<Loss>,
}

impl Composer<'_> {
    fn push(&mut self, work: Work, needs: impl IntoIterator<Item = usize>) -> usize {
        let needs: BTreeSet<usize> = needs.into_iter().collect();
        self.nodes.push(Node { work, needs: needs.into_iter().collect() });
        self.nodes.len() - 1
    }

    /// Jobs run where the pipeline says so: what they depend on orders nothing here.
    fn jobs(&mut self) {
        for (name, job) in &self.want.desired.jobs {
            for needed in job.depends_on.keys() {
                self.losses.push(Loss::new(
                    format!("services.{name}.depends_on.{needed}"),
                    LossGrade::Approximated,
                    "a job starts where its pipeline step stands, whatever its dependencies are doing",
                ));
            }
        }
    }

    /// Objects that serve the environment as a whole.
    fn shared_objects(&mut self) {
        for op in self.changes.ensure.iter().filter(|op| op.service.is_none()) {
            let needs = self.after(op);
            let node = self.push(Work::Object(Box::new(op.clone())), needs);
            self.made.insert(op.object.clone(), node);
            self.shared.push(node);
        }
    }

    fn after(&self, op: &Op) -> Vec<usize> {
        op.after_objects.iter().filter_map(|object| self.made.get(object).copied()).collect()
    }

    fn service(&mut self, name: &ServiceName, service: &Service) {
        let needs = self.dependencies(name, service);
        let gone = self.stop_first(name, &needs);
        let mut last: Vec<usize> = needs.iter().copied().chain(gone).collect();
        let waits = last.clone();
        for op in self.changes.ensure.iter().filter(|op| op.service.as_ref() == Some(name)) {
            let needs: Vec<usize> = waits.iter().copied().chain(self.after(op)).collect();
            let node = self.push(Work::Object(Box::new(op.clone())), needs);
            self.made.insert(op.object.clone(), node);
            last.push(node);
        }
        let gate = Gate::Ready {
            service: name.clone(),
            instances: self.instances(name).to_vec(),
            within: service.rollout.ready_within,
        };
        let ready = self.push(Work::Gate(gate), last);
        self.ready.insert(name.clone(), ready);
        let id = RouteId::Internal { service: name.clone() };
        let Some(route) = self.routes.wanted.iter().find(|route| route.id == id).cloned() else { return };
        let shared = self.shared.clone();
        let Some(node) = self.route(&route, &[ready], &shared) else { return };
        self.internal.insert(name.clone(), node);
        if self.routes.seen(&id).is_some_and(|seen| !seen.targets.is_empty()) {
            let text = "moves as soon as it is ready: until the release is complete, old callers meet the new one";
            self.notes.push(format!("the internal route of {name} {text}"));
        }
    }

    /// What a service's objects wait for.
    fn dependencies(&mut self, name: &ServiceName, service: &Service) -> Vec<usize> {
        let mut needs = Vec::new();
        for (needed, condition) in &service.depends_on {
            if self.want.desired.jobs.contains_key(needed) {
                self.losses.push(Loss::new(
                    format!("services.{name}.depends_on.{needed}"),
                    LossGrade::Approximated,
                    "jobs run where the pipeline says so, and a deploy does not wait for them",
                ));
                continue;
            }
            match condition {
                Dependency::Started => {
                    let made = self.instances(needed).iter().filter_map(|e| self.made.get(&e.object).copied());
                    needs.extend(made);
                }
                Dependency::Healthy | Dependency::Completed => {
                    needs.extend(self.ready.get(needed).copied());
                    needs.extend(self.internal.get(needed).copied());
                }
            }
        }
        needs
    }

    /// Ends old instances before new ones start, where they cannot stand side by side.
    fn stop_first(&mut self, name: &ServiceName, needs: &[usize]) -> Vec<usize> {
        let Some(reason) = self.changes.stop_first.get(name) else { return Vec::new() };
        let starts = self.changes.ensure.iter().any(|op| op.service.as_ref() == Some(name));
        let old: Vec<_> = self.changes.retire.iter().filter(|op| op.service.as_ref() == Some(name)).cloned().collect();
        if old.is_empty() || !starts {
            return Vec::new();
        }
        let grace = self.want.desired.services[name].stop_grace.as_secs();
        let text =
            format!("{name} is down while it is replaced, {reason}: up to {grace} s to end, then until it is ready");
        self.notes.push(text);
        old.into_iter().map(|op| self.push(Work::Object(Box::new(op)), needs.iter().copied())).collect()
    }

    fn instances(&self, name: &ServiceName) -> &[Expected] {
        self.changes.instances.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn is_new(&self, name: &ServiceName) -> bool {
        self.changes.ensure.iter().any(|op| op.service.as_ref() == Some(name))
    }

    /// Prepares and switches one route where that is needed; returns the last node of it.
    fn route(&mut self, route: &RouteSpec, before_switch: &[usize], before_prepare: &[usize]) -> Option<usize> {
        let to = self.instances(&route.service).to_vec();
        let as_wanted = self.is_as_wanted(route);
        if as_wanted && self.leads(route) {
            return None;
        }
        let mut needs = before_switch.to_vec();
        if !as_wanted {
            let prepare = RouteOp::Prepare { route: route.clone() };
            needs.push(self.push(Work::Route(Box::new(prepare)), before_prepare.iter().copied()));
        }
        let switch = RouteOp::Switch { route: route.clone(), to };
        Some(self.push(Work::Route(Box::new(switch)), needs))
    }

    /// True if a route is made from its spec today.
    fn is_as_wanted(&self, route: &RouteSpec) -> bool {
        self.routes.seen(&route.id).is_some_and(|seen| route.hash().is_ok_and(|hash| hash == seen.hash))
    }

    /// True if a route leads to the wanted instances today, and that was confirmed.
    fn leads(&self, route: &RouteSpec) -> bool {
        let to = self.instances(&route.service);
        let leads = |seen: &ObservedRoute| self.leads_to(&route.service, route.port, to, &seen.targets);
        self.routes.seen(&route.id).is_some_and(|seen| seen.confirmed && leads(seen))
    }

    /// True if a route's targets are exactly the wanted instances, and none of those is about to change.
    fn leads_to(&self, name: &ServiceName, port: u16, to: &[Expected], targets: &[RouteTarget]) -> bool {
        if self.is_new(name) || to.len() != targets.len() {
            return false;
        }
        to.iter().all(|expected| {
            self.seen.object(&expected.object).is_some_and(|object| {
                object.hash.as_ref() == Some(&expected.hash)
                    && targets.iter().any(|target| {
                        target.instance == object.instance() && object.addresses.get(&port) == Some(&target.address)
                    })
            })
        })
    }

    /// The wait for the whole release, where anything changes. Instances that stand and have no
    /// public traffic yet, since the engine that made them went away, have their window too.
    fn hold(&mut self) -> Option<usize> {
        let public = || self.routes.wanted.iter().filter(|route| route.id.is_public());
        let changes = self.nodes.iter().any(|node| node.work.is_operation())
            || !self.changes.retire.is_empty()
            || public().any(|route| !self.is_as_wanted(route) || !self.leads(route));
        if self.ready.is_empty() || !changes {
            return None;
        }
        let takes_over = |name: &ServiceName| {
            self.is_new(name) || public().any(|route| route.service == *name && !self.leads(route))
        };
        let window = self.want.desired.services.iter().filter(|(name, _)| takes_over(name)).map(|(name, service)| {
            service.rollout.window.unwrap_or(if self.replaces(name) { WINDOW } else { Duration::ZERO })
        });
        let window = window.max().unwrap_or_default();
        let within = self.want.desired.services.values().map(|s| s.rollout.ready_within).max().unwrap_or_default();
        let gate = Gate::Hold {
            instances: self.changes.instances.values().flatten().cloned().collect(),
            window,
            within: within + window,
        };
        let needs: Vec<usize> = self.ready.values().chain(self.internal.values()).copied().collect();
        Some(self.push(Work::Gate(gate), needs))
    }

    /// True if some route leads to another release's instance of the service today.
    fn replaces(&self, name: &ServiceName) -> bool {
        let is_wanted = |target: &RouteTarget| {
            let object =
                self.seen.object(&target.instance.object).filter(|object| object.instance() == target.instance);
            let mut wanted = self.instances(name).iter();
            object.is_some_and(|o| wanted.any(|want| want.object == o.id && o.hash.as_ref() == Some(&want.hash)))
        };
        let mut targets = self.routes.seen.iter().filter(|route| route.service == *name).flat_map(|r| &r.targets);
        targets.any(|target| !is_wanted(target))
    }

    /// All public routes: prepared after the hold, then switched together. Returns every switch.
    fn public_routes(&mut self, hold: Option<usize>) -> Vec<usize> {
        let hold: Vec<usize> = hold.into_iter().collect();
        let wanted: Vec<_> = self.routes.wanted.iter().filter(|route| route.id.is_public()).cloned().collect();
        let switches: Vec<usize> = wanted.iter().filter_map(|route| self.route(route, &hold, &hold)).collect();
        let is_public_prepare = |node: &Node| matches!(&node.work, Work::Route(op) if matches!(&**op, RouteOp::Prepare { route } if route.id.is_public()));
        let prepares: Vec<usize> = (0..self.nodes.len()).filter(|i| is_public_prepare(&self.nodes[*i])).collect();
        for &switch in &switches {
            let needs: BTreeSet<usize> = self.nodes[switch].needs.iter().chain(&prepares).copied().collect();
            self.nodes[switch].needs = needs.into_iter().collect();
        }
        switches.into_iter().chain(self.internal.values().copied()).chain(hold).collect()
    }

    /// Removes the routes that are no longer wanted.
    fn closures(&mut self, hold: Option<usize>, moved: &[usize]) -> Vec<usize> {
        let gone: Vec<_> = self
            .routes
            .seen
            .iter()
            .filter(|seen| !self.routes.wanted.iter().any(|wanted| wanted.id == seen.id))
            .map(|seen| RouteOp::Close { route: seen.id.clone() })
            .collect();
        let needs: Vec<usize> = hold.into_iter().chain(moved.iter().copied()).collect();
        gone.into_iter().map(|op| self.push(Work::Route(Box::new(op)), needs.iter().copied())).collect()
    }

    /// Drains and removes what is no longer wanted; last of all what served the whole environment.
    fn retirements(&mut self, after: &[usize]) {
        let done: BTreeSet<_> = self.nodes.iter().filter_map(|node| node.work.op_id()).collect();
        let retire: Vec<Op> = self.changes.retire.iter().filter(|op| !done.contains(&op.id)).cloned().collect();
        let mut gone = BTreeMap::new();
        for op in retire.iter().filter(|op| op.service.is_some()) {
            let mut needs = after.to_vec();
            if let (Some(service), Some(incarnation)) = (&op.service, &op.incarnation) {
                let within = self.want.desired.services.get(service).map_or(DRAIN, |s| s.rollout.drain);
                let instance = crate::InstanceRef::new(op.object.clone(), incarnation.clone());
                needs =
                    vec![self.push(Work::Route(Box::new(RouteOp::Drain { instance, within })), after.iter().copied())];
            }
            let node = self.push(Work::Object(Box::new(op.clone())), needs);
            gone.insert(op.object.clone(), node);
        }
        let services: Vec<usize> = gone.values().copied().collect();
        for op in retire.iter().filter(|op| op.service.is_none()) {
            let before = op.after_objects.iter().filter_map(|object| gone.get(object).copied());
            let needs: Vec<usize> = after.iter().chain(&services).copied().chain(before).collect();
            let node = self.push(Work::Object(Box::new(op.clone())), needs);
            gone.insert(op.object.clone(), node);
        }
    }
}

#[cfg(test)]
mod tests;
