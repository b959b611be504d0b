//! Making and ending containers.

use std::time::Duration;

use bollard::models::ContainerCreateBody;
use eve_core::desired::{HostAccess, SecretFile};
use eve_core::{Cancel, Change, ChangeOutcome, Error, Incarnation, Op, OpCx, Result, Secret, codes, resolve_secrets};

use super::container_body::container_body;
use super::container_spec::ContainerSpec;
use super::docker_runtime::DockerRuntime;
use super::perform::{changed, foreign, unknown};
use super::sight::{Phase, Sight};
use crate::api::{Begun, Made};
use crate::files;
use crate::images;
use crate::labels::{self, Labels};
use crate::secret_files::user_number;
use crate::secret_volume;

/// How long cleaning up behind a failed start may take.
const TIDYING: Duration = Duration::from_secs(30);

/// Before a name that is taken is looked at again.
const AGAIN: Duration = Duration::from_millis(20);

/// Everything that a new container is made from.
struct Prepared {
    name: String,
    version: u64,
    body: ContainerCreateBody,
    secrets: Vec<(SecretFile, Secret)>,
    /// What is put into it before it starts.
    files: Option<Vec<u8>>,
    spec: ContainerSpec,
    /// What it is given of the host.
    access: HostAccess,
}

impl DockerRuntime {
    pub(super) async fn create_container(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        let body = op.body.as_ref().ok_or_else(|| unknown(op))?;
        let spec: ContainerSpec = body.decode().map_err(|e| unknown(op).with_source(e))?;
        let what = format!("the start of {}", op.object);
        let access = cx.deadline.limit(&*cx.env, &what, self.admitted(&spec, cx)).await??;
        let filling = async {
            let variables = resolve_secrets(&spec.variables, &spec.secrets, cx).await?;
            Ok::<_, Error>((variables, secret_texts(&spec, cx).await?, files::pack(&spec.files, cx).await?))
        };
        let (variables, secrets, files) = tokio::select! {
            filled = cx.deadline.limit(&*cx.env, "the secrets and files of a service", filling) => filled??,
            () = cx.cancel.cancelled() => return Err(Cancel::error()),
        };
        let network = cx.deadline.limit(&*cx.env, &what, self.own_network(&cx.environment)).await??;
        let name = labels::engine_name(&cx.environment, &op.object.name);
        let mut labels = Labels::new(op.object.clone(), body.digest(), cx);
        labels.service = Some(spec.service.clone());
        labels.care = Some(spec.care().ok_or_else(|| unknown(op))?.write()?);
        let version = labels.version;
        let written = labels.write(&self.config.owner, cx);
        labels.care = None;
        let mounts = self.secret_files.mounts(&name, &spec.secret_files, labels.write(&self.config.owner, cx));
        let body = container_body(&spec, &access, &variables, written, &network, mounts, cx)?;
        let prepared = Prepared { name, version, body, secrets, files, spec, access };
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
    async fn make(&self, op: &Op, cx: &OpCx, prepared: Prepared, made: &mut Option<String>) -> Result<Change> {
        loop {
            if let Some(found) = self.sight_named(&cx.environment, &prepared.name).await? {
                let found = found.ok_or_else(|| foreign(op))?;
                if let Some(change) = self.settled(op, &found, &prepared, cx).await? {
                    return Ok(change);
                }
            }
            cx.cancel.check()?;
            // The engine looks for them when it makes the container.
            self.secret_files.put(&prepared.name, &prepared.secrets)?;
            self.leads_as_before(&prepared, cx).await?;
            let id = match self.daemon.create(&prepared.name, prepared.body.clone()).await? {
                Made::New(id) => id,
                // Somebody was faster: it is looked at again.
                Made::NameTaken => {
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
                Made::NoImage => {
                    let image = &prepared.spec.image;
                    return Err(images::not_there(&image.reference(), image.can_be_fetched()));
                }
            };
            *made = Some(id.clone());
            return match self.fill_and_start(&id, &prepared, cx).await? {
                Begun::Runs => {
                    Ok(Change::new(ChangeOutcome::Created, prepared.version).with_incarnation(Incarnation::new(id)))
                }
                Begun::Gone => Err(self.went_away(op, cx).await),
            };
        }
    }

    /// Fails if paths of the host lead elsewhere than when they were judged.
    async fn leads_as_before(&self, prepared: &Prepared, cx: &OpCx) -> Result<()> {
        if self.admitted(&prepared.spec, cx).await? == prepared.access {
            return Ok(());
        }
        let text = format!("what {} binds of the host leads elsewhere than a moment ago", prepared.name);
        Err(Error::conflict(codes::OBJECT_CHANGED, text).with_hint("plan again"))
    }

    /// Puts into a container what it is to find there, and starts it. Who made it may have gone away before
    /// all of it was there, so it is put there whoever made it.
    async fn fill_and_start(&self, id: &str, prepared: &Prepared, cx: &OpCx) -> Result<Begun> {
        if let Some(archive) = &prepared.files
            && self.daemon.put(id, "/", archive.clone()).await? == Begun::Gone
        {
            return Ok(Begun::Gone);
        }
        if self.give_secrets(id, prepared).await? == Begun::Gone {
            return Ok(Begun::Gone);
        }
        // The engine follows links when it starts the container.
        self.leads_as_before(prepared, cx).await?;
        self.daemon.start(id, &prepared.name).await
    }

    /// Gives its secrets to the user that a container runs as.
    async fn give_secrets(&self, id: &str, prepared: &Prepared) -> Result<Begun> {
        if prepared.secrets.is_empty() {
            return Ok(Begun::Runs);
        }
        let Some(found) = self.daemon.container(id).await? else { return Ok(Begun::Gone) };
        let user = user_number(&found.config.and_then(|config| config.user).unwrap_or_default())?;
        if self.secret_files.are_here() {
            return self.secret_files.give_to(&prepared.name, user).map(|()| Begun::Runs);
        }
        let (inside, links) = secret_volume::archives(&prepared.secrets, user)?;
        if let Some(links) = links
            && self.daemon.put(id, "/", links).await? == Begun::Gone
        {
            return Ok(Begun::Gone);
        }
        self.daemon.put(id, secret_volume::FOLDER, inside).await
    }

    /// What a container that has the name means for one that is to be made: none if it went and the
    /// name is free.
    async fn settled(&self, op: &Op, found: &Sight, prepared: &Prepared, cx: &OpCx) -> Result<Option<Change>> {
        let same = Some(&found.labels.hash) == op.after.as_ref();
        let incarnation = Incarnation::new(found.id.clone());
        match found.phase {
            // What of the host it was made with may not be what is allowed by now.
            Phase::Unstarted if same && !(prepared.access.binds.is_empty() && prepared.access.devices.is_empty()) => {
                self.daemon.remove(&found.id).await?;
                Ok(None)
            }
            Phase::Unstarted if same => match self.fill_and_start(&found.id, prepared, cx).await {
                Ok(Begun::Runs) => {
                    Ok(Some(Change::new(ChangeOutcome::Created, found.labels.version).with_incarnation(incarnation)))
                }
                Ok(Begun::Gone) => Ok(None),
                Err(error) => {
                    self.daemon.remove(&found.id).await?;
                    Err(error)
                }
            },
            // Nobody reaches it any more.
            Phase::Running if same && !found.attached => {
                self.daemon.remove(&found.id).await?;
                Ok(None)
            }
            Phase::Running | Phase::Restarting | Phase::Paused if same => {
                Ok(Some(Change::new(ChangeOutcome::Unchanged, found.labels.version).with_incarnation(incarnation)))
            }
            Phase::Running | Phase::Restarting | Phase::Paused => {
                Err(changed(op, "runs and was made from something else"))
            }
            Phase::Removing => {
                tokio::time::sleep(AGAIN).await;
                Ok(None)
            }
            Phase::Unstarted | Phase::Ended => {
                self.daemon.remove(&found.id).await?;
                Ok(None)
            }
        }
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
            if let Some(id) = id {
                self.daemon.remove(&id).await?;
            }
            // Somebody else may have made it at the same time, and needs them.
            let name = labels::engine_name(&cx.environment, &op.object.name);
            if self.sight_named(&cx.environment, &name).await?.is_none() {
                self.secret_files.forget(&name);
            }
            Ok::<_, Error>(())
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
        self.secret_files.forget(&found.name);
        let change = Change::new(ChangeOutcome::Deleted, found.labels.version);
        Ok(change.with_incarnation(incarnation.clone()))
    }
}

/// The texts of the secrets that a container finds as files.
async fn secret_texts(spec: &ContainerSpec, cx: &OpCx) -> Result<Vec<(SecretFile, Secret)>> {
    let mut out = Vec::with_capacity(spec.secret_files.len());
    for file in &spec.secret_files {
        let version = spec.secrets.get(&file.secret).ok_or_else(|| {
            Error::not_found(codes::SECRET_MISSING, format!("secret {} was not bound to a version", file.secret))
        })?;
        out.push((file.clone(), cx.secrets.resolve(&file.secret, version).await?));
    }
    Ok(out)
}
