//! The runner.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bollard::models::{ContainerCreateBody, ContainerSummaryStateEnum, HostConfig};
use bytes::Bytes;
use eve_core::{
    Artifact, AttemptId, AttemptSpec, AttemptState, Cancel, Change, ChangeOutcome, EnvironmentId, Error, LogItem,
    LogOptions, OpCx, Provision, Result, Runner, Started, codes, resolve_secrets,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::artifacts;
use super::attempt::{Attempt, Seen};
use super::attempt_watch::AttemptWatch;
use crate::api::{Begun, Daemon, Made, RawLine};
use crate::clock;
use crate::config::DockerConfig;
use crate::files;
use crate::hardening::{self, Bounds};
use crate::images::{self, Origins};
use crate::labels;
use crate::logs::{LogReader, Written};
use crate::places::Places;
use crate::watching::Feed;

/// The variable that names the folder for an attempt's files.
const ARTIFACTS: &str = "EVE_ARTIFACTS";
/// Where that folder is, inside the container.
pub(crate) const FOLDER: &str = "/eve/artifacts";
/// How long an attempt that is stopped may take to end.
const GRACE: Duration = Duration::from_secs(5);
/// How long whoever made a container may take until he starts it.
const ABOUT_TO_START: Duration = Duration::from_secs(10);
/// Before a container that is about to be started is looked at again.
const AGAIN: Duration = Duration::from_millis(50);
/// How many of its last lines are shown with what is wrong with it.
const LINES: usize = 20;

/// Runs attempts as containers of a Docker Engine.
///
/// An attempt is in its environment's network where there is one, and in the engine's default one
/// before the first deploy. Its time is kept by whoever watches it. It needs an image.
#[derive(Debug, Clone)]
pub struct DockerRunner {
    config: Arc<DockerConfig>,
    daemon: Daemon,
    feed: Feed,
}

impl DockerRunner {
    pub(crate) fn new(config: Arc<DockerConfig>, daemon: Daemon, feed: Feed) -> Self {
        Self { config, daemon, feed }
    }

    pub(super) fn name(&self, id: &AttemptId) -> String {
        Attempt::container_name(&self.config.owner, id)
    }

    /// The attempt of an id; none if it is not there.
    ///
    /// # Errors
    /// `object.foreign` if a stranger's container has its name.
    async fn find(&self, id: &AttemptId) -> Result<Option<Seen>> {
        let name = self.name(id);
        let Some(found) = self.daemon.container(&name).await? else { return Ok(None) };
        match Seen::of(&self.config.owner, &found).filter(|seen| seen.attempt.id == *id) {
            Some(seen) => Ok(Some(seen)),
            None => Err(Error::conflict(codes::OBJECT_FOREIGN, format!("container {name} is not Eve's"))
                .with_hint("rename or remove it; Eve never touches what it did not make")),
        }
    }

    async fn known(&self, id: &AttemptId) -> Result<Seen> {
        let found = self.find(id).await?;
        found.ok_or_else(|| Error::not_found(codes::ATTEMPT_UNKNOWN, format!("attempt {id} is not held here")))
    }

    async fn start_now(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        cx.admit()?;
        Places::of_attempt(FOLDER).admit(&spec.name, &spec.files)?;
        let attempt = Attempt::new(spec)?;
        let preparing = self.prepare(spec, &attempt, cx);
        let (body, files) = tokio::select! {
            prepared = cx.deadline.limit(&*cx.env, "the secrets and files of an attempt", preparing) => prepared??,
            () = cx.cancel.cancelled() => return Err(Cancel::error()),
        };
        loop {
            if let Some(seen) = self.find(&spec.id).await?
                && let Some(started) = self.found(&attempt, &seen).await?
            {
                return Ok(started);
            }
            cx.cancel.check()?;
            match self.daemon.create(&self.name(&spec.id), body.clone()).await? {
                // Who made it starts it, and nobody else: it must not run twice.
                Made::New(id) => match self.fill_and_start(&id, files.as_ref(), spec).await {
                    Ok(Begun::Runs) => return Ok(Started::New),
                    Ok(Begun::Gone) => {}
                    Err(error) => {
                        self.daemon.remove_idle(&id).await?;
                        return Err(error);
                    }
                },
                Made::NameTaken => {}
                Made::NoImage => {
                    let built = matches!(spec.artifact, Some(Artifact::LocalImage { .. }));
                    return Err(images::not_there(body.image.as_deref().unwrap_or_default(), !built));
                }
            }
        }
    }

    /// Puts into an attempt's container what it is to find there, and starts it.
    async fn fill_and_start(&self, id: &str, files: Option<&Vec<u8>>, spec: &AttemptSpec) -> Result<Begun> {
        if let Some(archive) = files
            && self.daemon.put(id, "/", archive.clone()).await? == Begun::Gone
        {
            return Ok(Begun::Gone);
        }
        self.daemon.start(id, &spec.name).await
    }

    /// What it means that an attempt is there already; none if it is to be looked for again.
    ///
    /// # Errors
    /// `attempt.conflict` if it was started with another spec.
    async fn found(&self, asked: &Attempt, seen: &Seen) -> Result<Option<Started>> {
        if seen.attempt.digest != asked.digest {
            let text = format!("attempt {} exists with another spec", asked.id);
            return Err(Error::conflict(codes::ATTEMPT_CONFLICT, text));
        }
        if seen.begun {
            return Ok(Some(seen.exit.map_or(Started::Adopted, Started::Ended)));
        }
        if seen.age(clock::now()) < ABOUT_TO_START {
            tokio::time::sleep(AGAIN).await;
            return Ok(None);
        }
        // Whoever made it is gone. If he is only slow, he finds that it is not there any more.
        self.daemon.remove_idle(&seen.container).await?;
        Ok(None)
    }

    /// A container for an attempt, and what is put into it before it starts.
    async fn prepare(
        &self,
        spec: &AttemptSpec,
        attempt: &Attempt,
        cx: &OpCx,
    ) -> Result<(ContainerCreateBody, Option<Vec<u8>>)> {
        let image = Origins::of_attempt(spec).into_reference().ok_or_else(|| {
            Error::invalid(codes::PLAN_REFUSED, format!("{} has no image to run in", spec.name))
                .with_hint("give it an image or a build")
        })?;
        let mut variables: Vec<String> = resolve_secrets(&spec.variables, &spec.secrets, cx)
            .await?
            .iter()
            .map(|(name, text)| format!("{name}={}", text.expose()))
            .collect();
        variables.push(format!("{ARTIFACTS}={FOLDER}"));
        // Before the first deploy there is none.
        let own = self.daemon.networks(&labels::of_environment(&self.config.owner, &spec.environment)).await?;
        let network = own.into_iter().find_map(|network| network.id);
        let files = files::pack(&spec.files, cx).await?;
        let body = ContainerCreateBody {
            image: Some(image),
            cmd: (!spec.argv.is_empty()).then(|| spec.argv.clone()),
            // The argument list is the whole of it, whatever the image says.
            entrypoint: (!spec.argv.is_empty()).then(|| vec![String::new()]),
            working_dir: spec.working_dir.clone(),
            env: Some(variables),
            labels: Some(attempt.write(&self.config.owner, cx)),
            // A folder that the engine makes for this container alone, and removes with it.
            volumes: Some(vec![FOLDER.to_owned()]),
            host_config: Some(HostConfig {
                network_mode: network,
                ..hardening::host(&Bounds::of(&self.config), &spec.resources)
            }),
            ..ContainerCreateBody::default()
        };
        Ok((body, files))
    }

    async fn last_lines(&self, container: &str) -> Vec<String> {
        let Ok(lines) = self.daemon.lines(container, 0, Some(LINES), false) else { return Vec::new() };
        let text = |line: RawLine| String::from_utf8_lossy(&line.bytes).into_owned();
        lines.filter_map(|line| async move { line.ok().map(text) }).collect().await
    }

    /// How an attempt is now. One whose time is up is ended.
    pub(super) async fn state(&self, id: &AttemptId) -> Result<(AttemptState, Option<Duration>)> {
        let mut seen = self.known(id).await?;
        if seen.left(clock::now()) == Some(Duration::ZERO) {
            self.daemon.stop(&seen.container, Duration::ZERO).await?;
            seen = self.known(id).await?;
        }
        let lines = if seen.exit.is_some() { self.last_lines(&seen.container).await } else { Vec::new() };
        Ok((seen.state(lines, clock::now()), seen.left(clock::now())))
    }
}

#[async_trait]
impl Runner for DockerRunner {
    async fn start(&self, spec: &AttemptSpec, cx: &OpCx) -> Result<Started> {
        let (this, spec, cx) = (self.clone(), spec.clone(), cx.clone());
        let id = spec.id.clone();
        // In a task of its own: who stops waiting must not leave half an attempt.
        let starting = async move {
            cx.deadline.limit(&*cx.env, &format!("the start of {}", spec.name), this.start_now(&spec, &cx)).await?
        };
        tokio::spawn(starting).await.map_err(|e| {
            Error::internal(codes::INTERNAL_INVARIANT, format!("the start of attempt {id} broke off")).with_source(e)
        })?
    }

    fn watch(&self, id: &AttemptId) -> BoxStream<'static, Result<AttemptState>> {
        // Before the first look, so that nothing is missed between the two.
        let watch = AttemptWatch::new(self.clone(), id.clone(), self.feed.subscribe());
        stream::unfold(Some(watch), |watch| async move { watch?.step().await }).boxed()
    }

    async fn stop(&self, id: &AttemptId, cx: &OpCx) -> Result<Change> {
        let Some(seen) = self.find(id).await? else { return Ok(Change::new(ChangeOutcome::Skipped, 0)) };
        let version = seen.started.unwrap_or_default().as_millis();
        if seen.exit.is_some() {
            return Ok(Change::new(ChangeOutcome::Unchanged, version));
        }
        if !seen.begun && self.daemon.remove_idle(&seen.container).await? {
            return Ok(Change::new(ChangeOutcome::Deleted, version));
        }
        // What is killed also needs a moment to be gone.
        let most = cx.deadline.remaining(&*cx.env).saturating_sub(Duration::from_secs(1));
        let ending = self.daemon.stop(&seen.container, GRACE.min(most));
        cx.deadline.limit(&*cx.env, &format!("the end of attempt {id}"), ending).await??;
        Ok(Change::new(ChangeOutcome::Deleted, version))
    }

    fn logs(&self, id: &AttemptId, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let (this, id) = (self.clone(), id.clone());
        let found = async move {
            match this.known(&id).await {
                Ok(seen) => {
                    let written = Written {
                        container: seen.container,
                        source: seen.attempt.source(),
                        kept: Bounds::of(&this.config).logs(),
                    };
                    LogReader::new(this.daemon.clone(), this.feed.clone(), written, &how).stream()
                }
                Err(e) => stream::iter([Err(e)]).boxed(),
            }
        };
        stream::once(found).flatten().boxed()
    }

    async fn artifacts(&self, id: &AttemptId) -> Result<BTreeMap<String, Bytes>> {
        let seen = self.known(id).await?;
        match self.daemon.folder(&seen.container, FOLDER, artifacts::MOST).await? {
            Some(archive) => artifacts::collect(&archive),
            None => Err(artifacts::too_much()),
        }
    }

    async fn owned(&self, env: &EnvironmentId) -> Result<Vec<AttemptId>> {
        let mut listed = self.daemon.containers(&Attempt::filters(&self.config.owner, env)).await?;
        // What was made and never started is no attempt yet: starting it again is what mends that.
        listed.retain(|one| one.state != Some(ContainerSummaryStateEnum::CREATED));
        Ok(listed.iter().filter_map(|one| Attempt::of_summary(&self.config.owner, one)).map(|one| one.id).collect())
    }

    async fn forget(&self, id: &AttemptId, _: &OpCx) -> Result<Change> {
        let Some(seen) = self.find(id).await? else { return Ok(Change::new(ChangeOutcome::Skipped, 0)) };
        if seen.begun && seen.exit.is_none() {
            let text = format!("attempt {id} still runs");
            return Err(Error::conflict(codes::ATTEMPT_CONFLICT, text).with_hint("stop it first"));
        }
        self.daemon.remove(&seen.container).await?;
        Ok(Change::new(ChangeOutcome::Deleted, seen.started.unwrap_or_default().as_millis()))
    }

    fn provision(&self) -> Option<&dyn Provision<AttemptSpec>> {
        Some(self)
    }
}

#[async_trait]
impl Provision<AttemptSpec> for DockerRunner {
    async fn provide(&self, work: &AttemptSpec, cx: &OpCx) -> Result<()> {
        cx.admit()?;
        Places::of_attempt(FOLDER).admit(&work.name, &work.files)?;
        files::check_there(work.files.iter().map(|placed| (work.name.clone(), placed.clone())), cx).await?;
        Origins::of_attempt(work).fetch(&self.daemon, cx).await
    }
}

impl fmt::Display for DockerRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "containers of {}", self.daemon)
    }
}
