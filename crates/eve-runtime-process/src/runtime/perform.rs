//! Performing one operation.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use eve_core::desired::{HealthCheck, Probe};
use eve_core::{Address, Change, ChangeOutcome, Digest, Error, Incarnation, Op, OpCx, Result, Secret, Verb, codes};

use super::instance::Instance;
use super::instance_spec::InstanceSpec;
use super::plan::KIND;
use super::process_runtime::ProcessRuntime;
use crate::processes::{ChildSpec, ChildState, Children, Environment, HealthProbe, ProbeTarget, Readiness};
use crate::state_dir::StateDir;
use crate::workload;

/// How long a process without ports and health check must run to count as ready.
const STEADY: Duration = Duration::from_millis(200);

/// Everything that an instance needs before it is made.
struct Prepared {
    hash: Digest,
    spec: InstanceSpec,
    directory: PathBuf,
    environment: Environment,
    redact: Vec<Secret>,
}

impl ProcessRuntime {
    pub(super) async fn perform_op(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let (Some(state), Some(children)) = (&self.state, &self.children) else {
            let text = "the state of the processes is open for reading only";
            return Err(Error::denied(codes::STATE_READ_ONLY, text));
        };
        if op.object.kind != KIND {
            return Err(unknown(op));
        }
        cx.cancel.check()?;
        if cx.deadline.has_passed(&*cx.env) {
            return Err(eve_core::Deadline::exceeded(op.id.as_str()));
        }
        match op.verb {
            Verb::Create => self.create(op, cx, state, children).await,
            Verb::Delete => self.delete(op, cx, children).await,
            _ => Err(unknown(op)),
        }
    }

    async fn create(&self, op: &Op, cx: &OpCx, state: &StateDir, children: &Children) -> Result<Change> {
        let body = op.body.as_ref().ok_or_else(|| unknown(op))?;
        let spec: InstanceSpec = body.decode().map_err(|e| unknown(op).with_source(e))?;
        let directory = workload::directory(state, &spec.artifact, spec.working_dir.as_deref())?;
        let filling = workload::environment(&self.config, &spec.variables, &spec.secrets, cx);
        let (environment, redact) = tokio::select! {
            filled = cx.deadline.limit(&*cx.env, "the secrets of a service", filling) => filled??,
            () = cx.cancel.cancelled() => return Err(eve_core::Cancel::error()),
        };

        let hash = body.digest();
        let (this, children, op, cx) = (self.clone(), children.clone(), op.clone(), cx.clone());
        // In a task of its own: who stops waiting must not leave half an instance.
        let making = async move {
            let prepared = Prepared { hash, spec, directory, environment, redact };
            this.make(&op, &cx, &children, prepared).await
        };
        tokio::spawn(making).await.map_err(|e| broke_off("start").with_source(e))?
    }

    async fn make(&self, op: &Op, cx: &OpCx, children: &Children, prepared: Prepared) -> Result<Change> {
        let Prepared { hash, spec, directory, mut environment, redact } = prepared;
        let _one_at_a_time = self.creating.lock().await;
        for (instance, status) in self.instances(&cx.environment) {
            if instance.object != op.object {
                continue;
            }
            if instance.hash == hash && instance.as_object(&status).state.is_live() {
                return Ok(Change::new(ChangeOutcome::Unchanged, status.version).with_incarnation(instance.incarnation));
            }
            if !matches!(status.state, ChildState::Stopping) && !status.state.is_final() {
                let text = format!("{} runs and was made from something else", op.object);
                return Err(Error::conflict(codes::OBJECT_CHANGED, text));
            }
            let what = format!("the end of {}", op.object);
            cx.deadline.limit(&*cx.env, &what, self.removed(children, &instance, instance.stop_grace)).await??;
        }
        cx.cancel.check()?;

        let addresses = self.ports.give(&spec.ports)?;
        for (name, port) in port_variables(&spec, &addresses) {
            environment.set(name, Secret::new(port));
        }
        let instance = Instance {
            environment: cx.environment.clone(),
            object: op.object.clone(),
            incarnation: Incarnation::new(format!("{:016x}", cx.env.random())),
            hash,
            service: spec.service.clone(),
            addresses,
            stop_grace: spec.stop_grace,
        };
        let about = eve_core::Body::of(&instance)?;
        let mut child = ChildSpec::new(instance.child()?, about, instance.source(), spec.argv.clone(), environment);
        child.directory = Some(directory);
        child.redact = redact;
        child.readiness = readiness(&spec, &instance.addresses)?;
        child.restart = spec.restart;
        child.memory = spec.resources.limits.memory;
        match children.start(child).await {
            Ok(status) => {
                Ok(Change::new(ChangeOutcome::Created, status.version).with_incarnation(instance.incarnation))
            }
            Err(e) => {
                self.ports.take_back(&instance.addresses);
                Err(e)
            }
        }
    }

    async fn delete(&self, op: &Op, cx: &OpCx, children: &Children) -> Result<Change> {
        let incarnation = op.incarnation.as_ref().ok_or_else(|| unknown(op))?;
        let meant = |instance: &Instance| instance.object == op.object && instance.incarnation == *incarnation;
        let found = self.instances(&cx.environment).into_iter().find(|(instance, _)| meant(instance));
        let Some((instance, _)) = found else {
            return Ok(Change::new(ChangeOutcome::Skipped, *children.watch().borrow()));
        };
        // What is killed also needs a moment to be gone.
        let most = cx.deadline.remaining(&*cx.env).saturating_sub(Duration::from_secs(1));
        let what = format!("the end of {}", op.object);
        let removal = self.removed(children, &instance, instance.stop_grace.min(most));
        tokio::select! {
            done = cx.deadline.limit(&*cx.env, &what, removal) => done??,
            () = cx.cancel.cancelled() => return Err(eve_core::Cancel::error()),
        }
        Ok(Change::new(ChangeOutcome::Deleted, *children.watch().borrow()).with_incarnation(instance.incarnation))
    }

    /// Ends an instance and lets go of it. Dropping the future stops waiting, not the end.
    async fn removed(&self, children: &Children, instance: &Instance, grace: Duration) -> Result<()> {
        let (this, children, instance) = (self.clone(), children.clone(), instance.clone());
        let removal = tokio::spawn(async move {
            let id = instance.child()?;
            children.stop(&id, grace).await;
            children.release(&id);
            this.ports.take_back(&instance.addresses);
            let pruned = tokio::task::spawn_blocking(move || this.prune(&instance)).await;
            pruned.map_err(|e| broke_off("end").with_source(e))
        });
        removal.await.map_err(|e| broke_off("end").with_source(e))?
    }
}

fn unknown(op: &Op) -> Error {
    Error::invalid(codes::OPERATION_UNKNOWN, format!("`{}` is no operation of the process runtime", op.id))
}

fn broke_off(what: &str) -> Error {
    Error::internal(codes::INTERNAL_INVARIANT, format!("the {what} of an instance broke off"))
}

fn port_variables(spec: &InstanceSpec, addresses: &BTreeMap<u16, Address>) -> Vec<(String, String)> {
    let given = |number: u16| addresses.get(&number).map(|address| address.port.to_string());
    let first = spec.ports.first().and_then(|port| given(port.number)).map(|port| ("PORT".to_owned(), port));
    let each = spec.ports.iter().filter_map(|port| Some((format!("PORT_{}", port.number), given(port.number)?)));
    first.into_iter().chain(each).collect()
}

/// How to tell that an instance is ready: its health check; else its first port; else that it runs.
fn readiness(spec: &InstanceSpec, addresses: &BTreeMap<u16, Address>) -> Result<Readiness> {
    let at = |port: Option<u16>| {
        let number = port.or_else(|| spec.ports.first().map(|port| port.number));
        number.and_then(|number| addresses.get(&number)).cloned().ok_or_else(|| {
            let text = format!("the health check of {} names no port of it", spec.service);
            Error::invalid(codes::PLAN_REFUSED, text)
        })
    };
    let (check, target) = match &spec.health {
        Some(check) => {
            let target = match &check.probe {
                Probe::Http { port, path } => ProbeTarget::Http { address: at(*port)?, path: path.clone() },
                Probe::Tcp { port } => ProbeTarget::Tcp { address: at(*port)? },
                Probe::Command(argv) => ProbeTarget::Command(argv.clone()),
                _ => {
                    let text = format!("the health check of {} is not known here", spec.service);
                    return Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text));
                }
            };
            (check.clone(), target)
        }
        None if spec.ports.is_empty() => return Ok(Readiness::Running(STEADY)),
        None => (HealthCheck::new(Probe::Tcp { port: None }), ProbeTarget::Tcp { address: at(None)? }),
    };
    Ok(Readiness::Probe(HealthProbe::new(target, &check)))
}
