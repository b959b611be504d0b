//! Making and ending containers.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{
    ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HealthConfig, HostConfig, Mount, MountType,
    NetworkingConfig, PortBinding, RestartPolicy, RestartPolicyNameEnum,
};
use eve_core::desired::{HealthCheck, Probe, Protocol, Restart};
use eve_core::{
    Cancel, Change, ChangeOutcome, Error, Incarnation, Op, OpCx, ProgressEvent, ProgressStatus, Result, Secret,
    VarName, codes, resolve_secrets,
};

use super::container_spec::{ContainerSpec, Image};
use super::docker_runtime::DockerRuntime;
use super::perform::{changed, foreign, unknown};
use super::sight::{Phase, Sight};
use crate::api::{Begun, Made};
use crate::hardening;
use crate::labels::{self, Labels};

/// How long cleaning up behind a failed start may take.
const TIDYING: Duration = Duration::from_secs(30);

/// Everything that a new container is made from.
struct Prepared {
    name: String,
    version: u64,
    body: ContainerCreateBody,
    image: Image,
    /// True once the image was fetched: what is not there after that will not come.
    fetched: bool,
}

impl DockerRuntime {
    pub(super) async fn create_container(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let body = op.body.as_ref().ok_or_else(|| unknown(op))?;
        let spec: ContainerSpec = body.decode().map_err(|e| unknown(op).with_source(e))?;
        let what = format!("the start of {}", op.object);
        let filling = resolve_secrets(&spec.variables, &spec.secrets, cx);
        let variables = tokio::select! {
            filled = cx.deadline.limit(&*cx.env, "the secrets of a service", filling) => filled??,
            () = cx.cancel.cancelled() => return Err(Cancel::error()),
        };
        let network = cx.deadline.limit(&*cx.env, &what, self.own_network(&cx.environment)).await??;
        let prepared = self.prepare(op, cx, &spec, &variables, &network)?;
        let mut made = None;
        let making = self.make(op, cx, prepared, &mut made);
        let done = tokio::select! {
            done = cx.deadline.limit(&*cx.env, &what, making) => done.and_then(|done| done),
            () = cx.cancel.cancelled() => Err(Cancel::error()),
        };
        if done.is_err() {
            self.tidy(made, op, cx).await;
        }
        done
    }

    /// Makes the container and starts it, unless it is there. `made` is told what exists meanwhile.
    async fn make(&self, op: &Op, cx: &OpCx, mut prepared: Prepared, made: &mut Option<String>) -> Result<Change> {
        loop {
            if let Some(found) = self.sight_named(&cx.environment, &prepared.name).await? {
                let found = found.ok_or_else(|| foreign(op))?;
                if let Some(change) = self.settled(op, &found).await? {
                    return Ok(change);
                }
            }
            cx.cancel.check()?;
            let id = match self.daemon.create(&prepared.name, prepared.body.clone()).await? {
                Made::New(id) => id,
                // Somebody was faster: it is looked at again.
                Made::NameTaken => continue,
                Made::NoImage => {
                    self.fetch(&mut prepared, op, cx).await?;
                    continue;
                }
            };
            *made = Some(id.clone());
            return match self.daemon.start(&id, &prepared.name).await? {
                Begun::Runs => {
                    Ok(Change::new(ChangeOutcome::Created, prepared.version).with_incarnation(Incarnation::new(id)))
                }
                Begun::Gone => Err(self.went_away(op, cx).await),
            };
        }
    }

    /// What a container that has the name means for one that is to be made: none if it went and the
    /// name is free.
    async fn settled(&self, op: &Op, found: &Sight) -> Result<Option<Change>> {
        let same = Some(&found.labels.hash) == op.after.as_ref();
        let incarnation = Incarnation::new(found.id.clone());
        match found.phase {
            Phase::Unstarted if same => match self.daemon.start(&found.id, &found.name).await {
                Ok(Begun::Runs) => {
                    Ok(Some(Change::new(ChangeOutcome::Created, found.labels.version).with_incarnation(incarnation)))
                }
                Ok(Begun::Gone) => Ok(None),
                Err(error) => {
                    self.daemon.remove(&found.id).await?;
                    Err(error)
                }
            },
            Phase::Running | Phase::Restarting | Phase::Paused if same => {
                Ok(Some(Change::new(ChangeOutcome::Unchanged, found.labels.version).with_incarnation(incarnation)))
            }
            Phase::Running | Phase::Restarting | Phase::Paused => {
                Err(changed(op, "runs and was made from something else"))
            }
            Phase::Unstarted | Phase::Ended | Phase::Removing => {
                self.daemon.remove(&found.id).await?;
                Ok(None)
            }
        }
    }

    /// Fetches an image that the engine has not.
    async fn fetch(&self, prepared: &mut Prepared, op: &Op, cx: &OpCx) -> Result<()> {
        let reference = prepared.image.reference();
        if !prepared.image.can_be_fetched() || prepared.fetched {
            let text = format!("image {reference} of {} is not on this engine", op.object);
            return Err(Error::not_found(codes::ARTIFACT_NOT_FOUND, text).with_hint("build the release again"));
        }
        let say = |text: String| {
            cx.progress.say(|| ProgressEvent::new(cx.operation.to_string(), ProgressStatus::Running, text));
        };
        say(format!("fetching {reference}"));
        let fetched = self.daemon.pull(&reference, |step| say(format!("{reference}: {step}"))).await;
        prepared.fetched = true;
        fetched.map_err(|error| match error.code() {
            code if *code == codes::BACKEND_IO => {
                Error::not_found(codes::IMAGE_NOT_FOUND, format!("image {reference} cannot be fetched"))
                    .with_hint("check the image's name and tag, and whether the engine reaches its registry")
                    .with_source(error)
            }
            _ => error,
        })
    }

    /// Why a container went away between being made and being started.
    async fn went_away(&self, op: &Op, cx: &OpCx) -> Error {
        match self.own_network(&cx.environment).await {
            Err(error) => error,
            Ok(_) => changed(op, "was removed by somebody else before it was started"),
        }
    }

    /// Removes what a start that failed left.
    async fn tidy(&self, made: Option<String>, op: &Op, cx: &OpCx) {
        let tidying = async {
            let id = match made {
                Some(id) => Some(id),
                // The engine may have made it after nobody waited for its answer any more.
                None => self.left_behind(op, cx).await?,
            };
            match id {
                Some(id) => self.daemon.remove(&id).await.map(drop),
                None => Ok(()),
            }
        };
        match tokio::time::timeout(TIDYING, tidying).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(object = %op.object, error = %error.chain(), "a failed start left something");
            }
            Err(_) => tracing::warn!(object = %op.object, "the engine does not remove what a failed start left"),
        }
    }

    /// A container of this operation that was never started.
    async fn left_behind(&self, op: &Op, cx: &OpCx) -> Result<Option<String>> {
        let name = labels::engine_name(&cx.environment, &op.object.name);
        let found = self.sight_named(&cx.environment, &name).await?.flatten();
        let unstarted = found.filter(|sight| sight.phase == Phase::Unstarted);
        Ok(unstarted.filter(|sight| Some(&sight.labels.hash) == op.after.as_ref()).map(|sight| sight.id))
    }

    pub(super) async fn delete_container(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let incarnation = op.incarnation.as_ref().ok_or_else(|| unknown(op))?;
        let found = self.sight_of(&cx.environment, incarnation).await?;
        let Some(found) = found.filter(|sight| sight.labels.object == op.object) else {
            return Ok(Change::new(ChangeOutcome::Skipped, 0));
        };
        // What is killed also needs a moment to be gone.
        let most = cx.deadline.remaining(&*cx.env).saturating_sub(Duration::from_secs(1));
        if matches!(found.phase, Phase::Running | Phase::Restarting | Phase::Paused) {
            self.daemon.stop(&found.id, found.care.stop_grace.min(most)).await?;
        }
        self.daemon.remove(&found.id).await?;
        let change = Change::new(ChangeOutcome::Deleted, found.labels.version);
        Ok(change.with_incarnation(incarnation.clone()))
    }

    fn prepare(
        &self,
        op: &Op,
        cx: &OpCx,
        spec: &ContainerSpec,
        variables: &[(VarName, Secret)],
        network: &str,
    ) -> Result<Prepared> {
        let care = spec.care().ok_or_else(|| unknown(op))?;
        let mut labels = Labels::new(op.object.clone(), op.after.clone().ok_or_else(|| unknown(op))?, cx);
        labels.service = Some(spec.service.clone());
        labels.care = Some(care.write()?);
        let mut written = labels.write(&self.config.owner, cx);
        written.insert("com.docker.compose.container-number".to_owned(), (spec.replica + 1).to_string());
        let endpoint = EndpointSettings {
            ipam_config: Some(EndpointIpamConfig {
                ipv4_address: Some(care.address.to_string()),
                ..EndpointIpamConfig::default()
            }),
            aliases: Some(vec![spec.service.to_string()]),
            ..EndpointSettings::default()
        };
        let body = ContainerCreateBody {
            image: Some(spec.image.reference()),
            entrypoint: spec.entrypoint.clone(),
            cmd: spec.command.clone(),
            working_dir: spec.working_dir.clone(),
            env: Some(environment(spec, variables)),
            labels: Some(written),
            healthcheck: spec.health.as_ref().map(health),
            exposed_ports: Some(spec.ports.iter().map(port_key).collect()),
            stop_timeout: i64::try_from(spec.stop_grace.as_secs()).ok(),
            host_config: Some(host(spec, network, cx)?),
            networking_config: Some(NetworkingConfig {
                endpoints_config: Some(HashMap::from([(network.to_owned(), endpoint)])),
            }),
            ..ContainerCreateBody::default()
        };
        let name = labels::engine_name(&cx.environment, &op.object.name);
        Ok(Prepared { name, version: labels.version, body, image: spec.image.clone(), fetched: false })
    }
}

/// The variables, with `PORT` for programs that ask where to listen, unless the manifest sets it.
fn environment(spec: &ContainerSpec, variables: &[(VarName, Secret)]) -> Vec<String> {
    let mut out: Vec<String> = variables.iter().map(|(name, text)| format!("{name}={}", text.expose())).collect();
    let told = variables.iter().any(|(name, _)| name.as_str() == "PORT");
    if let (Some(port), false) = (spec.ports.first(), told) {
        out.push(format!("PORT={}", port.number));
    }
    out
}

/// The engine's own health check: a command is left to it once it has passed; what is tried over the
/// network is not its matter, nor is then what the image says.
fn health(check: &HealthCheck) -> HealthConfig {
    let nanoseconds = |time: Duration| i64::try_from(time.as_nanos()).ok();
    match &check.probe {
        Probe::Command(argv) => HealthConfig {
            test: Some(std::iter::once("CMD".to_owned()).chain(argv.iter().cloned()).collect()),
            interval: nanoseconds(check.interval),
            timeout: nanoseconds(check.timeout),
            retries: Some(i64::from(check.retries.max(1))),
            start_period: nanoseconds(check.start_period),
            start_interval: None,
        },
        _ => HealthConfig { test: Some(vec!["NONE".to_owned()]), ..HealthConfig::default() },
    }
}

fn host(spec: &ContainerSpec, network: &str, cx: &OpCx) -> Result<HostConfig> {
    let restart = match spec.restart {
        Restart::Always => RestartPolicyNameEnum::UNLESS_STOPPED,
        Restart::OnFailure => RestartPolicyNameEnum::ON_FAILURE,
        _ => RestartPolicyNameEnum::NO,
    };
    let mut mounts = Vec::with_capacity(spec.mounts.len());
    for mount in &spec.mounts {
        let volume = eve_core::ObjectName::new(mount.volume.as_str())?;
        mounts.push(Mount {
            typ: Some(MountType::VOLUME),
            source: Some(labels::engine_name(&cx.environment, &volume)),
            target: Some(mount.target.clone()),
            read_only: Some(mount.read_only),
            ..Mount::default()
        });
    }
    Ok(HostConfig {
        network_mode: Some(network.to_owned()),
        restart_policy: Some(RestartPolicy { name: Some(restart), maximum_retry_count: None }),
        port_bindings: Some(published(spec)),
        mounts: Some(mounts),
        ..hardening::host(&spec.bounds, &spec.resources)
    })
}

fn port_key(port: &eve_core::desired::Port) -> String {
    let protocol = if port.protocol == Protocol::Udp { "udp" } else { "tcp" };
    format!("{}/{protocol}", port.number)
}

fn published(spec: &ContainerSpec) -> HashMap<String, Option<Vec<PortBinding>>> {
    let mut out: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for port in &spec.ports {
        let Some(number) = port.published else { continue };
        let address = port.host.unwrap_or(spec.publish);
        let binding = PortBinding { host_ip: Some(address.to_string()), host_port: Some(number.to_string()) };
        out.entry(port_key(port)).or_default().get_or_insert_default().push(binding);
    }
    out
}
