//! The memory runtime.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::images::MemoryImages;
use super::instance_spec::{InstanceSpec, KIND, unknown};
use super::plan::plan;
use super::plant::Plant;
use super::routes::MemoryRoutes;
use super::shared::Shared;
use super::within::within;
use super::workload::{self, Workload};
use super::world::{RuntimeCalls, World};
use crate::desired::Strategy;
use crate::policy::{Links, Refusals, judge_service};
use crate::{
    AbsolutePath, Addresses, Bound, Capabilities, CaptureEvidence, Change, ChangeOutcome, Changes, Env, EnvironmentId,
    Error, Evidence, Exec, ExecSpec, Exit, Fence, Fencing, HostView, InstanceRef, LogItem, LogOptions, LogSubject,
    ObjectId, ObjectState, Observed, Op, OpCx, Origins, Owned, Owner, Provision, Result, Runtime, Secret, VarName,
    Verb, codes, resolve_secrets,
};
use crate::{LogReader, ShowLogs};

/// A [`Runtime`] whose workloads are simulated, and which is at least as strict as the real ones.
/// Clones share one world.
///
/// A workload does what its command line says, or its image's name where it has none (`exit:3`):
///
/// | command line | what it does |
/// |---|---|
/// | `serve` | becomes ready |
/// | `serve-after MS` | becomes ready after that many milliseconds |
/// | `noisy N` | writes the lines `line 1` to `line N`, then becomes ready |
/// | `exit CODE` | ends with that code |
/// | `hang` | runs, and is never ready |
/// | `flap MS` | is ready, and after that many milliseconds no more |
/// | `needs SERVICE` | is ready while the internal route of that service leads to an instance |
///
/// Commands in instances: `copy CODE` copies its input, writes `done` to standard error and ends with that code; `hang`
/// never ends.
///
/// An image or artifact whose own entry point runs serves; any other program is missing. What ended
/// stays ended: a restart policy that somebody asks for is a loss in the plan, as is a health check.
#[derive(Clone)]
pub struct MemoryRuntime {
    env: Arc<dyn Env>,
    routes: Option<MemoryRoutes>,
    images: MemoryImages,
    plants: BTreeSet<Plant>,
    log_capacity: usize,
    links: Links,
    world: Arc<Shared<World>>,
}

impl MemoryRuntime {
    /// How many lines of each instance are kept, unless [`with_log_capacity`](Self::with_log_capacity)
    /// says otherwise.
    pub const LOG_CAPACITY: usize = 1024;

    /// A runtime that holds nothing.
    pub fn new(env: Arc<dyn Env>) -> Self {
        Self {
            env,
            routes: None,
            images: MemoryImages::new(),
            plants: BTreeSet::new(),
            log_capacity: Self::LOG_CAPACITY,
            links: Links::default(),
            world: Arc::default(),
        }
    }

    /// Lets workloads see whether other services answer.
    pub fn with_routes(mut self, routes: MemoryRoutes) -> Self {
        self.routes = Some(routes);
        self
    }

    /// Starts instances from these images: those that are not there have to be provided first.
    pub fn with_images(mut self, images: MemoryImages) -> Self {
        self.images = images;
        self
    }

    /// Plants a fault.
    pub fn with_fault(mut self, plant: Plant) -> Self {
        self.plants.insert(plant);
        self
    }

    /// Keeps that many lines of each instance, at least one. What is dropped leaves a gap.
    pub fn with_log_capacity(mut self, lines: usize) -> Self {
        self.log_capacity = lines;
        self
    }

    /// Lets a path of the host be a link to another one.
    pub fn with_link(mut self, path: AbsolutePath, real: AbsolutePath) -> Self {
        self.links.insert(path, real);
        self
    }

    /// True if the instance that a command is meant for runs.
    pub(super) fn runs(&self, what: &ExecSpec) -> bool {
        self.world.read(|world| {
            let all = world.places.get(&what.environment).into_iter().flat_map(|place| place.instances.values());
            all.map(|instance| &instance.object).any(|object| {
                object.service.as_ref() == Some(&what.service)
                    && object.state.is_live()
                    && what.instance.as_ref().is_none_or(|wanted| object.instance() == *wanted)
            })
        })
    }

    /// How often operations were performed.
    pub fn calls(&self) -> RuntimeCalls {
        self.world.read(|world| world.calls)
    }

    /// Puts an object there that is not Eve's.
    pub fn plant_stranger(&self, env: &EnvironmentId, object: ObjectId) {
        self.world.write(|world| world.plant(env, object));
    }

    /// Ends an instance as if by itself. False if there is none that runs.
    pub fn kill(&self, env: &EnvironmentId, object: &ObjectId, exit: Exit) -> bool {
        let found = self.world.read(|world| {
            let instance = world.places.get(env)?.instances.get(object)?;
            instance.object.state.is_live().then(|| instance.object.instance())
        });
        let Some(instance) = found else { return false };
        workload::end(&*self.env, Some(self.world.clone()), env, &instance, exit);
        true
    }

    /// Removes an object as somebody else would: without a token, whoever holds the environment.
    /// False if there is none.
    pub fn remove(&self, env: &EnvironmentId, object: &ObjectId) -> bool {
        self.world.write(|world| {
            let there = world.places.get(env).is_some_and(|place| place.instances.contains_key(object));
            if there {
                world.delete(env, object);
            }
            there
        })
    }

    /// Answers the next `observations` from before the last performed change of their environment,
    /// as a cache would that lags behind.
    pub fn stale_for(&self, observations: u32) {
        self.world.note(|world| world.stale = observations);
    }

    /// The variables with which an instance was started.
    pub fn variables(&self, env: &EnvironmentId, object: &ObjectId) -> Option<Vec<(VarName, Secret)>> {
        self.world.read(|world| Some(world.places.get(env)?.instances.get(object)?.variables.clone()))
    }

    fn has(&self, plant: Plant) -> bool {
        self.plants.contains(&plant)
    }

    async fn create(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let spec = InstanceSpec::from_op(op)?;
        let hash = op.after.clone().ok_or_else(|| unknown(op))?;
        if let Some(there) = self.world.read(|world| Self::there(world, op, cx))? {
            return Ok(there);
        }
        self.admit(&spec, cx)?;
        self.images.check(&spec.origin())?;
        let variables = within(cx, resolve_secrets(&spec.variables, &spec.secrets, cx)).await?;
        for files in &spec.files {
            within(cx, files.read(cx)).await?;
        }
        let (change, instance) = self.world.write(|world| {
            if let Some(there) = Self::there(world, op, cx)? {
                return Ok((there, None));
            }
            // The token is looked at again: a younger holder may have come while secrets were read.
            world.fences.admit(&cx.environment, cx.fence)?;
            if let Some(port) = world.port_taken(&op.object, &cx.environment, &spec) {
                let text = format!("port {port} is held by another instance");
                return Err(Error::conflict(codes::PORT_TAKEN, text));
            }
            let capacity = self.log_capacity;
            let made = world.create(&cx.environment, op.object.clone(), hash, &spec, variables, capacity);
            made.log.write(self.env.now(), "started");
            if self.has(Plant::ReadyTooEarly) {
                made.object.state = ObjectState::Ready;
            }
            let instance = made.object.instance();
            let change = Change::new(ChangeOutcome::Created, made.object.version);
            Ok((change.with_incarnation(instance.incarnation.clone()), Some(instance)))
        })?;
        if let Some(instance) = instance {
            let workload = Workload {
                env: self.env.clone(),
                world: Arc::downgrade(&self.world),
                routes: self.routes.clone(),
                environment: cx.environment.clone(),
                instance,
            };
            self.env.spawn(Box::pin(workload.run(spec.behaviour())));
        }
        Ok(change)
    }

    /// What an instance asks of the host, judged as a real one would be before it is made.
    fn admit(&self, spec: &InstanceSpec, cx: &OpCx) -> Result<()> {
        let found = judge_service(&cx.policy, &spec.service, &spec.host, &Origins::default(), &self.links);
        Refusals::check(found)
    }

    /// What creating finds there already, where that settles it.
    fn there(world: &World, op: &Op, cx: &OpCx) -> Result<Option<Change>> {
        let Some(place) = world.places.get(&cx.environment) else { return Ok(None) };
        if place.strangers.contains_key(&op.object) {
            return Err(foreign(&op.object));
        }
        match place.instances.get(&op.object).map(|instance| &instance.object) {
            Some(object) if object.state.is_live() && object.hash == op.after => {
                let change = Change::new(ChangeOutcome::Unchanged, object.version);
                Ok(Some(change.with_incarnation(object.incarnation.clone())))
            }
            Some(object) if object.state.is_live() => {
                let text = format!("{} lives, made from something else", op.object);
                Err(Error::conflict(codes::OBJECT_CHANGED, text))
            }
            _ => Ok(None),
        }
    }

    fn delete(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let meant = op.incarnation.as_ref().ok_or_else(|| unknown(op))?;
        self.world.write(|world| {
            world.fences.admit(&cx.environment, cx.fence)?;
            let place = world.places.get(&cx.environment);
            let owned = place.and_then(|place| place.instances.get(&op.object)).map(|found| &found.object);
            let foreign = place.and_then(|place| place.strangers.get(&op.object));
            let foreign = foreign.filter(|_| self.has(Plant::DeletesStrangers));
            if owned.or(foreign).is_none_or(|object| object.incarnation != *meant) {
                return Ok(Change::new(ChangeOutcome::Skipped, world.version));
            }
            world.delete(&cx.environment, &op.object);
            Ok(Change::new(ChangeOutcome::Deleted, world.version))
        })
    }
}

#[async_trait]
impl Runtime for MemoryRuntime {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            services: true,
            rollout: [Strategy::Switched, Strategy::Recreate].into(),
            logs: true,
            volumes: true,
            published_ports: true,
            files: true,
            host_paths: true,
            host_privileges: true,
            host_namespaces: true,
            fences: true,
            exec: true,
            ..Capabilities::default()
        }
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Observed> {
        Ok(self.world.note(|world| world.see(env)).0)
    }

    fn plan(&self, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
        let mut changes = plan(&self.capabilities(), want, seen, at)?;
        if self.has(Plant::WritesWhilePlanning) {
            self.world.write(|world| world.places.entry(seen.environment.clone()).or_default().writes += 1);
        }
        if self.has(Plant::DeletesStrangers) {
            let foreign = seen.objects.iter().filter(|object| object.owner == Owner::Stranger);
            changes.retire.extend(foreign.map(|object| Op::delete(object, "it is in the way")));
        }
        Ok(changes)
    }

    async fn perform(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        self.world.note(|world| {
            world.calls.perform += 1;
            cx.admit()?;
            world.fences.admit(&cx.environment, cx.fence)
        })?;
        match op.verb {
            _ if op.object.kind != KIND && !self.has(Plant::DeletesStrangers) => Err(unknown(op)),
            Verb::Create => self.create(op, cx).await,
            Verb::Delete => self.delete(op, cx),
            Verb::Update => Err(unknown(op)),
        }
    }

    fn watch(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        let changes = self.world.changes();
        let (first, old) = self.world.note(|world| world.see(env));
        let from = (self.clone(), env.clone(), changes, first.clone(), Some(first), old);
        stream::unfold(from, |(runtime, env, mut changes, mut last, first, mut old)| async move {
            if let Some(first) = first {
                return Some((Ok(first), (runtime, env, changes, last, None, old)));
            }
            loop {
                // What was old is followed by something newer, although nothing changes any more.
                if !old {
                    changes.changed().await.ok()?;
                }
                changes.mark_unchanged();
                let seen;
                (seen, old) = runtime.world.note(|world| world.see(&env));
                if seen != last {
                    last = seen.clone();
                    return Some((Ok(seen), (runtime, env, changes, last, None, old)));
                }
            }
        })
        .boxed()
    }

    fn logs(&self, who: &LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let (changes, world, who) = (self.world.change_stream(), self.world.clone(), who.clone());
        let show: ShowLogs = Box::new(move |look| {
            world.read(|world| {
                world.places.get(who.environment()).into_iter().flat_map(|p| p.logs(&who)).for_each(look);
            });
        });
        LogReader::new(show, changes, &how).swallowing_gaps(self.has(Plant::SwallowsGap)).stream()
    }

    fn owned(&self) -> Option<&dyn Owned> {
        Some(self)
    }

    fn provision(&self) -> Option<&dyn Provision<[Op]>> {
        Some(self)
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        Some(self)
    }

    fn host_view(&self) -> Option<&dyn HostView> {
        Some(self)
    }

    fn exec(&self) -> Option<&dyn Exec> {
        Some(self)
    }

    fn evidence(&self) -> Option<&dyn CaptureEvidence> {
        Some(self)
    }
}

#[async_trait]
impl Fencing for MemoryRuntime {
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        if self.has(Plant::ForgetsFences) {
            return Ok(());
        }
        self.world.note(|world| world.fences.admit(env, fence))
    }
}

#[async_trait]
impl Provision<[Op]> for MemoryRuntime {
    async fn provide(&self, work: &[Op], cx: &OpCx) -> Result<()> {
        self.world.note(|world| world.calls.provide += 1);
        let mut images = BTreeSet::new();
        for op in work.iter().filter(|op| op.verb != Verb::Delete) {
            images.insert(InstanceSpec::from_op(op)?.origin());
        }
        let taken = self.world.read(|world| {
            let strangers = world.places.get(&cx.environment).map(|place| &place.strangers);
            let names = work.iter().filter(|op| strangers.is_some_and(|known| known.contains_key(&op.object)));
            names.map(|op| foreign(&op.object)).collect()
        });
        match Error::several(taken) {
            Some(error) => Err(error),
            None => self.images.provide(&images, cx).await,
        }
    }
}

#[async_trait]
impl HostView for MemoryRuntime {
    fn engine_places(&self) -> Vec<AbsolutePath> {
        Vec::new()
    }

    async fn resolve(&self, path: &AbsolutePath) -> Result<Option<AbsolutePath>> {
        Ok(Some(self.links.real(path).clone()))
    }
}

#[async_trait]
impl Owned for MemoryRuntime {
    async fn environments(&self) -> Result<Vec<EnvironmentId>> {
        Ok(self.world.read(|world| {
            let held = world.places.iter().filter(|(_, place)| !place.instances.is_empty());
            held.map(|(env, _)| env.clone()).collect()
        }))
    }
}

#[async_trait]
impl CaptureEvidence for MemoryRuntime {
    async fn capture(&self, env: &EnvironmentId, instance: &InstanceRef) -> Result<Vec<Evidence>> {
        Ok(self.world.read(|world| world.places.get(env).map(|place| place.evidence(instance)).unwrap_or_default()))
    }
}

fn foreign(object: &ObjectId) -> Error {
    Error::conflict(codes::OBJECT_FOREIGN, format!("{object} exists and is not Eve's"))
}

impl fmt::Display for MemoryRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

impl fmt::Debug for MemoryRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRuntime").field("plants", &self.plants).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
