//! Performing one operation.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use eve_core::desired::{HealthCheck, Probe};
use eve_core::policy::{Links, Refusals, judge_service};
use eve_core::{Change, ChangeOutcome, Digest, Error, Incarnation, Op, OpCx, Origins, Result, Verb, codes};

use super::instance::Instance;
use super::instance_spec::InstanceSpec;
use super::plan::KIND;
use super::process_runtime::ProcessRuntime;
use crate::processes::{
    ChildPort, ChildSpec, ChildStatus, Environment, HealthProbe, Mandate, ProbeTarget, Readiness, Remains,
};
use crate::workload;

/// How long a process without ports and health check must run to count as ready.
const STEADY: Duration = Duration::from_millis(200);

/// Everything that an instance is made from.
struct Prepared {
    hash: Digest,
    spec: InstanceSpec,
    directory: PathBuf,
    environment: Environment,
}

impl Prepared {
    /// The child that a new instance is.
    fn child(&self, op: &Op, cx: &OpCx) -> Result<ChildSpec> {
        let spec = &self.spec;
        let instance = Instance {
            environment: cx.environment.clone(),
            object: op.object.clone(),
            incarnation: Incarnation::new(format!("{:016x}", cx.env.random())),
            hash: self.hash.clone(),
            service: spec.service.clone(),
            stop_grace: spec.stop_grace,
        };
        let about = eve_core::Body::of(&instance)?;
        let environment = self.environment.clone();
        let mut child = ChildSpec::new(instance.child()?, about, instance.source(), spec.argv.clone(), environment);
        child.slot = Some(instance.slot());
        child.directory = Some(self.directory.clone());
        child.ports = spec.ports.iter().map(|port| ChildPort { number: port.number, fixed: port.published }).collect();
        child.readiness = readiness(spec)?;
        child.restart = spec.restart;
        child.memory = spec.resources.limits.memory;
        Ok(child)
    }
}

impl ProcessRuntime {
    pub(super) async fn perform_op(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        if op.object.kind != KIND {
            return Err(unknown(op));
        }
        cx.admit()?;
        let what = format!("the answer of whoever holds {}", op.object);
        cx.deadline.limit(&*cx.env, &what, self.holder.raise(&Mandate::of(cx))).await??;
        match op.verb {
            Verb::Create => self.create(op, cx).await,
            Verb::Delete => self.delete(op, cx).await,
            _ => Err(unknown(op)),
        }
    }

    /// Looks whether everything is there that operations start instances from.
    ///
    /// # Errors
    /// `artifact.not_found` with all that are not; `operation.unknown`.
    pub(super) fn check_artifacts(&self, operations: &[Op]) -> Result<()> {
        let mut missing = BTreeMap::new();
        for op in operations.iter().filter(|op| op.verb != Verb::Delete) {
            let spec: InstanceSpec = op.body.as_ref().ok_or_else(|| unknown(op))?.decode().map_err(|_| unknown(op))?;
            if let Err(error) = workload::root(&self.state, &spec.artifact) {
                missing.insert(spec.artifact, error);
            }
        }
        Error::several(missing.into_values().collect()).map_or(Ok(()), Err)
    }

    async fn create(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let body = op.body.as_ref().ok_or_else(|| unknown(op))?;
        let spec: InstanceSpec = body.decode().map_err(|e| unknown(op).with_source(e))?;
        let found = judge_service(&cx.policy, &spec.service, &spec.host, &Origins::default(), &Links::default());
        Refusals::check(found)?;
        let directory = workload::directory(&self.state, &spec.artifact, spec.working_dir.as_deref())?;
        let filling = workload::environment(&self.config, &spec.variables, &spec.secrets, cx);
        let environment = tokio::select! {
            filled = cx.deadline.limit(&*cx.env, "the secrets of a service", filling) => filled??,
            () = cx.cancel.cancelled() => return Err(eve_core::Cancel::error()),
        };
        let prepared = Prepared { hash: body.digest(), spec, directory, environment };
        let (this, op, cx) = (self.clone(), op.clone(), cx.clone());
        // In a task of its own: who stops waiting must not leave half an instance.
        let making = async move {
            let what = format!("the start of {}", op.object);
            cx.deadline.limit(&*cx.env, &what, this.make(&op, &cx, &prepared)).await?
        };
        tokio::spawn(making).await.map_err(|e| broke_off("start").with_source(e))?
    }

    /// Starts the instance, unless it is there. The holder lets no second one stand beside it, so
    /// whoever asks again, or at the same time, gets the first one's.
    async fn make(&self, op: &Op, cx: &OpCx, prepared: &Prepared) -> Result<Change> {
        loop {
            for (instance, status) in self.instances(&cx.environment).await? {
                if instance.object != op.object {
                    continue;
                }
                if let Some(change) = settled(&instance, &status, &prepared.hash)? {
                    return Ok(change);
                }
                self.removed(&instance, instance.stop_grace, cx).await?;
            }
            cx.cancel.check()?;
            let child = prepared.child(op, cx)?;
            let begun = self.holder.start(child, &Mandate::of(cx)).await?;
            let instance = Instance::of(&begun.status).ok_or_else(|| broke_off("start"))?;
            if begun.new {
                return Ok(
                    Change::new(ChangeOutcome::Created, begun.status.version).with_incarnation(instance.incarnation)
                );
            }
            if let Some(change) = settled(&instance, &begun.status, &prepared.hash)? {
                return Ok(change);
            }
        }
    }

    async fn delete(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let incarnation = op.incarnation.as_ref().ok_or_else(|| unknown(op))?;
        let meant = |instance: &Instance| instance.object == op.object && instance.incarnation == *incarnation;
        let found = self.instances(&cx.environment).await?.into_iter().find(|(instance, _)| meant(instance));
        let Some((instance, status)) = found else { return Ok(Change::new(ChangeOutcome::Skipped, 0)) };
        // What is killed also needs a moment to be gone.
        let most = cx.deadline.remaining(&*cx.env).saturating_sub(Duration::from_secs(1));
        let what = format!("the end of {}", op.object);
        let removal = self.removed(&instance, instance.stop_grace.min(most), cx);
        let ended = tokio::select! {
            done = cx.deadline.limit(&*cx.env, &what, removal) => done??,
            () = cx.cancel.cancelled() => return Err(eve_core::Cancel::error()),
        };
        let version = ended.map_or(status.version, |ended| ended.version);
        Ok(Change::new(ChangeOutcome::Deleted, version).with_incarnation(instance.incarnation))
    }

    /// Ends an instance and lets go of it; answers how it was at last, if it was there. Dropping the
    /// future stops waiting, not the end.
    async fn removed(&self, instance: &Instance, grace: Duration, cx: &OpCx) -> Result<Option<ChildStatus>> {
        let (this, instance, under) = (self.clone(), instance.clone(), Mandate::of(cx));
        let removal = tokio::spawn(async move {
            let id = instance.child()?;
            let ended = this.holder.stop(&id, grace, &under).await?;
            this.holder.release(&id, Remains::Kept, &under).await?;
            let pruned = tokio::task::spawn_blocking(move || this.prune(&instance)).await;
            pruned.map_err(|e| broke_off("end").with_source(e))?;
            Ok(ended)
        });
        removal.await.map_err(|e| broke_off("end").with_source(e))?
    }
}

/// What a present instance means for one that is to be made from `hash`: none if it has to go first.
///
/// # Errors
/// `object.changed` if it lives and was made from something else.
fn settled(instance: &Instance, status: &ChildStatus, hash: &Digest) -> Result<Option<Change>> {
    if !instance.as_object(status).state.is_live() {
        return Ok(None);
    }
    if instance.hash != *hash {
        let text = format!("{} runs and was made from something else", instance.object);
        return Err(Error::conflict(codes::OBJECT_CHANGED, text));
    }
    let incarnation = instance.incarnation.clone();
    Ok(Some(Change::new(ChangeOutcome::Unchanged, status.version).with_incarnation(incarnation)))
}

fn unknown(op: &Op) -> Error {
    Error::invalid(codes::OPERATION_UNKNOWN, format!("`{}` is no operation of the process runtime", op.id))
}

fn broke_off(what: &str) -> Error {
    Error::internal(codes::INTERNAL_INVARIANT, format!("the {what} of an instance broke off"))
}

/// How to tell that an instance is ready: its health check; else its first port; else that it runs.
fn readiness(spec: &InstanceSpec) -> Result<Readiness> {
    let declared = |port: Option<u16>| {
        let mut numbers = spec.ports.iter().map(|port| port.number);
        let found = match port {
            Some(number) => numbers.find(|known| *known == number),
            None => numbers.next(),
        };
        found.ok_or_else(|| {
            let text = format!("the health check of {} names no port of it", spec.service);
            Error::invalid(codes::PLAN_REFUSED, text)
        })
    };
    let (check, target) = match &spec.health {
        Some(check) => {
            let target = match &check.probe {
                Probe::Http { port, path } => ProbeTarget::Http { port: declared(*port)?, path: path.clone() },
                Probe::Tcp { port } => ProbeTarget::Tcp { port: declared(*port)? },
                Probe::Command(argv) => ProbeTarget::Command(argv.clone()),
                _ => {
                    let text = format!("the health check of {} is not known here", spec.service);
                    return Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text));
                }
            };
            (check.clone(), target)
        }
        None if spec.ports.is_empty() => return Ok(Readiness::Running(STEADY)),
        None => (HealthCheck::new(Probe::Tcp { port: None }), ProbeTarget::Tcp { port: declared(None)? }),
    };
    Ok(Readiness::Probe(HealthProbe::new(target, &check)))
}
