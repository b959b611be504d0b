//! What the memory runtime holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::instance_spec::InstanceSpec;
use crate::LogRing;
use crate::{
    Address, Body, Digest, EnvironmentId, Evidence, Exit, Fences, Finding, Incarnation, InstanceRef, LogSource,
    LogSubject, Object, ObjectId, ObjectState, Observed, Owner, Secret, ServiceName, Subject, VarName,
};

/// All environments of a memory runtime.
#[derive(Default)]
pub(super) struct World {
    pub(super) places: BTreeMap<EnvironmentId, Place>,
    pub(super) fences: Fences,
    pub(super) calls: RuntimeCalls,
    /// The version of the youngest change of any object.
    pub(super) version: u64,
    /// How many observations are still answered from before the last performed change.
    pub(super) stale: u32,
    incarnations: u64,
    port: u16,
}

/// How often a runtime was called, and what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RuntimeCalls {
    /// Calls of [`Runtime::perform`](crate::Runtime::perform), in vain or not.
    pub perform: u64,
    /// Calls of [`Provision::provide`](crate::Provision::provide), in vain or not.
    pub provide: u64,
    /// Objects that were made.
    pub created: u64,
    /// Objects that were removed.
    pub deleted: u64,
}

/// One environment.
#[derive(Default)]
pub(super) struct Place {
    pub(super) instances: BTreeMap<ObjectId, Instance>,
    pub(super) strangers: BTreeMap<ObjectId, Object>,
    /// The logs of instances that are gone, the oldest first.
    gone: VecDeque<(ServiceName, InstanceRef, LogRing)>,
    /// What was there before the last performed change.
    before: Option<Observed>,
    /// How often planning wrote, where that fault is planted.
    pub(super) writes: u64,
}

/// One instance.
pub(super) struct Instance {
    pub(super) object: Object,
    pub(super) finding: Option<Finding>,
    pub(super) log: LogRing,
    pub(super) variables: Vec<(VarName, Secret)>,
    published: Vec<u16>,
}

impl World {
    /// Makes an instance that starts. One of that name that ended is gone then.
    pub(super) fn create(
        &mut self,
        env: &EnvironmentId,
        id: ObjectId,
        hash: Digest,
        spec: &InstanceSpec,
        variables: Vec<(VarName, Secret)>,
        log_capacity: usize,
    ) -> &mut Instance {
        self.remember(env);
        let mut object = Object::new(id.clone(), self.incarnation(), hash, ObjectState::Starting);
        self.version += 1;
        object.version = self.version;
        object.service = Some(spec.service.clone());
        let taken = self.ports();
        for port in &spec.ports {
            let number = port.published.unwrap_or_else(|| self.free_port(&taken));
            object.addresses.insert(port.number, Address::new("memory", number));
        }
        let source = LogSource::new(format!("{}@{}", object.id.name, object.incarnation));
        let log = LogRing::new(source, log_capacity);
        let published = spec.published().collect();
        let instance = Instance { object, finding: None, log, variables, published };
        self.calls.created += 1;
        let place = self.places.entry(env.clone()).or_default();
        place.archive(&id);
        place.instances.entry(id).or_insert(instance)
    }

    /// Removes an instance; its log is kept for a while.
    pub(super) fn delete(&mut self, env: &EnvironmentId, id: &ObjectId) {
        self.remember(env);
        self.version += 1;
        self.calls.deleted += 1;
        if let Some(place) = self.places.get_mut(env) {
            if let Some(instance) = place.instances.get_mut(id) {
                instance.log.end(Exit::Signal(SIGTERM));
            }
            place.archive(id);
            place.strangers.remove(id);
        }
    }

    /// Changes an instance, if it is that incarnation and has not ended.
    pub(super) fn settle(
        &mut self,
        env: &EnvironmentId,
        who: &InstanceRef,
        change: impl FnOnce(&mut Instance),
    ) -> Option<()> {
        let instance = self.places.get_mut(env)?.instances.get_mut(&who.object)?;
        if instance.object.incarnation != who.incarnation || !instance.object.state.is_live() {
            return None;
        }
        self.version += 1;
        instance.object.version = self.version;
        change(instance);
        Some(())
    }

    /// True if that incarnation is there and has not ended.
    pub(super) fn is_live(&self, env: &EnvironmentId, who: &InstanceRef) -> bool {
        let found = self.places.get(env).and_then(|place| place.instances.get(&who.object));
        found.is_some_and(|found| found.object.incarnation == who.incarnation && found.object.state.is_live())
    }

    /// A fixed port of the host, of those asked for, that a live instance of another name holds.
    pub(super) fn port_taken(&self, id: &ObjectId, env: &EnvironmentId, spec: &InstanceSpec) -> Option<u16> {
        let others = self.places.iter().flat_map(|(owner, place)| place.instances.iter().map(move |i| (owner, i)));
        let others = others.filter(|(owner, (other, _))| (*owner, *other) != (env, id));
        let held: BTreeSet<u16> = others
            .filter(|(_, (_, instance))| instance.object.state.is_live())
            .flat_map(|(_, (_, instance))| instance.published.iter().copied())
            .collect();
        spec.published().find(|port| held.contains(port))
    }

    pub(super) fn plant(&mut self, env: &EnvironmentId, id: ObjectId) {
        self.version += 1;
        let mut object = Object::new(id.clone(), self.incarnation(), Digest::of(""), ObjectState::Present);
        object.owner = Owner::Stranger;
        object.hash = None;
        object.version = self.version;
        self.places.entry(env.clone()).or_default().strangers.insert(id, object);
    }

    /// What is seen of an environment, and whether that is old.
    pub(super) fn see(&mut self, env: &EnvironmentId) -> (Observed, bool) {
        let old = self.places.get(env).and_then(|place| place.before.clone());
        match old {
            Some(old) if self.stale > 0 => {
                self.stale -= 1;
                (old, true)
            }
            _ => (self.now(env), false),
        }
    }

    fn now(&self, env: &EnvironmentId) -> Observed {
        let mut seen = Observed::empty(env.clone());
        if let Some(place) = self.places.get(env) {
            seen.objects.extend(place.instances.values().map(|instance| instance.object.clone()));
            seen.objects.extend(place.strangers.values().cloned());
            seen.findings.extend(place.instances.values().filter_map(|instance| instance.finding.clone()));
            if place.writes > 0 {
                seen.facts.insert("plans".to_owned(), Body::from_canonical(place.writes.to_string()));
            }
        }
        seen
    }

    fn remember(&mut self, env: &EnvironmentId) {
        let before = self.now(env);
        self.places.entry(env.clone()).or_default().before = Some(before);
    }

    fn incarnation(&mut self) -> Incarnation {
        self.incarnations += 1;
        Incarnation::new(format!("m{}", self.incarnations))
    }

    fn ports(&self) -> BTreeSet<u16> {
        let instances = self.places.values().flat_map(|place| place.instances.values());
        instances.flat_map(|instance| instance.object.addresses.values().map(|address| address.port)).collect()
    }

    fn free_port(&mut self, taken: &BTreeSet<u16>) -> u16 {
        loop {
            self.port = self.port.checked_add(1).unwrap_or(1);
            if !taken.contains(&self.port) {
                return self.port;
            }
        }
    }
}

/// The signal by which an instance is asked to end.
const SIGTERM: i32 = 15;

impl Place {
    /// The logs of a subject, the oldest first.
    pub(super) fn logs(&self, who: &LogSubject) -> impl Iterator<Item = &LogRing> {
        let gone = self.gone.iter().map(|(service, instance, log)| (service.clone(), instance.clone(), log));
        let here = self
            .instances
            .values()
            .filter_map(|instance| Some((instance.object.service.clone()?, instance.object.instance(), &instance.log)));
        gone.chain(here)
            .filter(|(service, instance, _)| match who {
                LogSubject::Service(_, wanted) => service == wanted,
                LogSubject::Instance(_, wanted) => instance == wanted,
            })
            .map(|(_, _, log)| log)
    }

    /// Log tail and exit of an instance, and of earlier ones of its name.
    pub(super) fn evidence(&self, who: &InstanceRef) -> Vec<Evidence> {
        let gone = self.gone.iter().filter(|(_, instance, _)| instance == who).map(|(_, _, log)| log);
        let here = self.instances.get(&who.object).filter(|i| i.object.instance() == *who).map(|i| &i.log);
        gone.chain(here).flat_map(evidence).collect()
    }

    fn archive(&mut self, id: &ObjectId) {
        /// How many logs of instances that are gone are kept.
        const KEPT: usize = 32;
        let Some(instance) = self.instances.remove(id) else { return };
        let Some(service) = instance.object.service.clone() else { return };
        self.gone.push_back((service, instance.object.instance(), instance.log));
        if self.gone.len() > KEPT {
            self.gone.pop_front();
        }
    }
}

impl Instance {
    /// Whom a finding about it is about.
    pub(super) fn subject(&self) -> Subject {
        Subject::object(&self.object)
    }

    /// How that is known: exit and log tail.
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        evidence(&self.log)
    }
}

fn evidence(log: &LogRing) -> Vec<Evidence> {
    /// How many lines a log tail has.
    const TAIL: usize = 20;
    let exit = log.exit().map(|exit| Evidence::Exit { exit, restarts: 0 });
    let tail = Evidence::LogTail { source: log.source().as_str().to_owned(), lines: log.tail(TAIL) };
    exit.into_iter().chain([tail]).collect()
}
