//! The engine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use eve_core::event::RunKind;
use eve_core::pipeline::Step;
use eve_core::{
    AttemptId, Cancel, Capabilities, Env, EnvironmentId, Error, ExecItem, ExecOptions, ExecSpec, Health, Journal,
    Ledger, LogItem, LogOptions, LogSubject, Object, OrgName, Progress, ProjectName, Release, ReleaseId, Result, RunId,
    codes, health,
};
use futures_util::stream::BoxStream;

use crate::files::{self, Files, Keep};
use crate::new_run::NewRun;
use crate::parts::Parts;
use crate::run::{build_services, buildable, provisional};
use crate::unended::Unended;
use crate::{
    DeployRequest, DeployWhat, EngineBuilder, Leftovers, Preparation, RunHandle, RunRecord, binder, court, planner,
    reading, recovery,
};

/// Deploys, rolls back, deletes, resumes, reads. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) parts: Parts,
    /// The runs of this process that are active, for cancelling and for asking twice.
    pub(crate) active: Arc<Mutex<BTreeMap<RunId, RunHandle>>>,
}

impl Engine {
    /// Begins to plug an engine together.
    pub fn builder(env: Arc<dyn Env>) -> EngineBuilder {
        EngineBuilder::new(env)
    }

    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, active: Arc::default() }
    }

    /// What a deploy would do. Builds what has to be built, since a plan's digest covers the
    /// artifacts; changes nothing else.
    ///
    /// # Errors
    /// `environment.unknown`, `pipeline.unknown`, `policy.*` with all that the host does not allow, `host_path.missing`,
    /// `secret.missing` with all that are missing, `file.missing` and its like with all that are, `plan.refused`;
    /// whatever the backends answer.
    pub async fn plan(&self, request: &DeployRequest) -> Result<Preparation> {
        let env = &request.env;
        let desired = &request.project().environment(env)?.desired;
        planner::refuse(&self.parts, &desired.losses, &desired.origins)?;
        court::admit(&self.parts, desired).await?;
        binder::check_secrets(&self.parts, desired, []).await?;
        let release = match &request.what {
            DeployWhat::Release(release) => {
                desired.check_files(&release.files)?;
                (**release).clone()
            }
            DeployWhat::Project(project) => {
                let files = files::gather(&self.parts, project, env, request.source.as_ref(), Keep::Nothing).await?;
                let specs = buildable(desired);
                let silent = |_: &_| Progress::silent();
                let within = self.parts.settings.build;
                let source = request.source.as_ref();
                let artifacts = build_services(&self.parts, &specs, source, &Cancel::new(), &silent, within).await?;
                provisional(&self.parts, project, &artifacts, &files).await?.0
            }
        };
        planner::prepare(&self.parts, binder::bind(&self.parts, &release, env).await?, None).await
    }

    /// Begins a deploy and returns at once. The run goes on whoever drops the handle; dropping the future stops
    /// the waiting, not a run that is about to begin: [`active_runs`](Self::active_runs) has it.
    ///
    /// # Errors
    /// Before anything is changed: `environment.unknown`, `pipeline.unknown`, `plan.unapproved`, `pipeline.cycle`,
    /// `plan.refused` for what nothing honours, `policy.*` with all that the host does not allow,
    /// `host_path.missing`, `secret.missing` with all that are missing, `file.missing`, `file.escapes`, `file.too_large` and `file.conflict` with all files that cannot be kept or
    /// put in place, `lease.held` if a change is under way, `run.idempotency_conflict`.
    pub async fn deploy(&self, request: DeployRequest) -> Result<RunHandle> {
        let environment = request.environment();
        let idempotency = match &request.idempotency_key {
            None => None,
            Some(key) => {
                let asked = (key.clone(), request.digest()?);
                if let Some(known) = self.asked_before(&environment, &asked).await? {
                    return Ok(known);
                }
                Some(asked)
            }
        };
        let project = request.project();
        let (pipeline_name, pipeline) = project.pipeline_of(&request.env)?;
        let declared = project.environment(&request.env)?;
        request.check_approval(declared)?;
        let desired = &declared.desired;
        desired.in_order()?;
        // What the language refuses is known without a build; what the runtime does, once there are artifacts.
        planner::refuse(&self.parts, &desired.losses, &desired.origins)?;
        court::admit(&self.parts, desired).await?;
        let of_steps = pipeline.steps.iter().flat_map(Step::needed_secrets);
        let required = declared.requires.iter().map(|name| (name.clone(), "requires.secrets".to_owned()));
        binder::check_secrets(&self.parts, desired, of_steps.chain(required)).await?;
        let pipeline_name = pipeline_name.cloned();
        let files = match &request.what {
            DeployWhat::Project(project) => {
                let source = request.source.as_ref();
                files::gather(&self.parts, project, &request.env, source, Keep::Bytes).await?
            }
            DeployWhat::Release(release) => {
                desired.check_files(&release.files)?;
                Files::new()
            }
        };
        let kind = match request.what {
            DeployWhat::Project(project) => RunKind::Deploy { project },
            DeployWhat::Release(release) => RunKind::Promote { release },
        };
        self.begin(NewRun {
            environment,
            kind,
            requested_by: request.requested_by,
            idempotency,
            approved: request.approved,
            source: request.source.map(|source| source.path().to_string_lossy().into_owned()),
            files,
            pipeline,
            pipeline_name,
        })
        .await
    }

    /// Begins a return to a release that was healthy in this environment: the one that is named, or
    /// the last one before the current. Nothing is built and no pipeline runs, and no approval is asked for: that
    /// release was taken before. Dropping the future is as with [`deploy`](Self::deploy).
    ///
    /// # Errors
    /// `release.none_healthy`, `release.unknown`, `policy.*` for what the host does not allow today,
    /// `host_path.missing`, `secret.missing`, `lease.held`.
    pub async fn rollback(&self, env: &EnvironmentId, to: Option<&ReleaseId>, requested_by: &str) -> Result<RunHandle> {
        let ledger = self.ledger(env).await?;
        let found = match to {
            Some(id) => ledger.release(id).ok_or_else(|| {
                Error::not_found(codes::RELEASE_UNKNOWN, format!("release {id} was never healthy in {env}"))
            }),
            None => ledger.previous().ok_or_else(|| {
                Error::not_found(
                    codes::RELEASE_NONE_HEALTHY,
                    format!("no release before the current one was healthy in {env}"),
                )
            }),
        };
        let mut bound = found?.clone();
        court::admit(&self.parts, &bound.desired).await?;
        binder::bind_secrets(&self.parts, &mut bound).await?;
        self.begin(NewRun::plain(env.clone(), RunKind::Rollback { bound: Box::new(bound) }, requested_by)).await
    }

    /// Begins the end of an environment: routes, services, attempts. Its journal stays. Dropping the future is as
    /// with [`deploy`](Self::deploy).
    ///
    /// # Errors
    /// `lease.held`.
    pub async fn delete(&self, env: &EnvironmentId, requested_by: &str) -> Result<RunHandle> {
        self.begin(NewRun::plain(env.clone(), RunKind::Delete, requested_by)).await
    }

    /// Asks an active run of this process to stop.
    ///
    /// # Errors
    /// `run.unknown` if this process runs no such run.
    pub fn cancel(&self, run: &RunId) -> Result<()> {
        let active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = active
            .get(run)
            .ok_or_else(|| Error::not_found(codes::RUN_UNKNOWN, format!("run {run} is not active in this process")))?;
        handle.cancel();
        Ok(())
    }

    /// The active runs of this process.
    pub fn active_runs(&self) -> Vec<RunHandle> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Takes up every run whose engine went away: each is brought to its one terminal state. Steps
    /// that succeeded are not run again; attempts are found by their ids. Calling it again is cheap.
    ///
    /// Environments whose lease somebody else holds are left to them.
    ///
    /// # Errors
    /// Whatever the journal answers, or a backend that has to be told who holds an environment now;
    /// the first of them. The other environments' runs are taken up all the same:
    /// [`active_runs`](Self::active_runs) has them.
    pub async fn recover(&self) -> Result<Vec<RunHandle>> {
        let mut out = Vec::new();
        let mut first = None;
        for env in recovery::environments(&*self.parts.journal).await? {
            match self.recover_in(&env).await {
                Ok(run) => out.extend(run),
                Err(error) => {
                    tracing::warn!(error = %error, environment = %env, "its run is not taken up");
                    first = first.or(Some(error));
                }
            }
        }
        first.map_or(Ok(out), Err)
    }

    /// Takes up the run of one environment whose engine went away, as [`recover`](Self::recover)
    /// does for all of them. None if there is none, or somebody else holds the environment. Dropping the future
    /// stops the waiting, not a run that is taken up.
    ///
    /// # Errors
    /// Whatever the journal answers.
    pub async fn recover_in(&self, env: &EnvironmentId) -> Result<Option<RunHandle>> {
        self.recover_unended(env, None).await
    }

    /// As [`recover_in`](Self::recover_in); a run that failed in this process does not go on.
    pub(crate) async fn recover_unended(
        &self,
        env: &EnvironmentId,
        failed: Option<Unended>,
    ) -> Result<Option<RunHandle>> {
        let is_here = self.active_runs().iter().any(|run| run.environment() == env);
        if is_here || recovery::active(&*self.parts.journal, env).await?.is_empty() {
            return Ok(None);
        }
        let (engine, env) = (self.clone(), env.clone());
        self.beside(async move { engine.recover_held(&env, failed.as_ref()).await }).await
    }

    async fn recover_held(&self, env: &EnvironmentId, failed: Option<&Unended>) -> Result<Option<RunHandle>> {
        let keeper = match self.hold(env).await {
            Err(error) if *error.code() == codes::LEASE_HELD => return Ok(None),
            other => other?,
        };
        match self.take_up(env, &keeper, failed).await {
            Ok(Some(last)) => Ok(Some(self.spawn(last, keeper, None))),
            other => {
                keeper.end().await;
                other.map(|_| None)
            }
        }
    }

    /// The youngest run of each environment that has not ended: active somewhere, or left by an
    /// engine that went away.
    ///
    /// # Errors
    /// Whatever the journal answers.
    pub async fn unfinished(&self) -> Result<Vec<RunRecord>> {
        let mut out = Vec::new();
        for env in recovery::environments(&*self.parts.journal).await? {
            out.extend(recovery::active(&*self.parts.journal, &env).await?.pop());
        }
        Ok(out)
    }

    /// What the runtime can do; whether what runs goes on without this engine, above all.
    pub fn capabilities(&self) -> Capabilities {
        self.parts.runtime.capabilities()
    }

    /// How an environment is, by its ledger, its runs and what the backend says.
    ///
    /// # Errors
    /// Whatever the journal answers. A backend that cannot be asked makes the status `unknown`.
    pub async fn health(&self, env: &EnvironmentId) -> Result<Health> {
        let ledger = self.ledger(env).await?;
        let active = recovery::active(&*self.parts.journal, env).await?.pop().map(|run| run.id);
        let current = ledger.current();
        let wanted = current
            .map(|bound| bound.desired.services.iter().map(|(name, s)| (name.clone(), s.replicas)).collect())
            .unwrap_or_default();
        let seen = match self.parts.runtime.observe(env).await {
            Ok(mut seen) => {
                // Instances of another release never count.
                let carries = |object: &Object| {
                    let mut expected =
                        ledger.current_instances().iter().filter(|expected| expected.object == object.id);
                    object.service.is_none() || expected.any(|expected| object.hash.as_ref() == Some(&expected.hash))
                };
                seen.objects.retain(carries);
                Some(seen)
            }
            Err(error) => {
                tracing::warn!(error = %error, "the backend cannot be asked");
                None
            }
        };
        Ok(health(current.and_then(|bound| bound.release.clone()), &wanted, active, seen.as_ref()))
    }

    /// The ledger of an environment.
    ///
    /// # Errors
    /// Whatever the journal answers.
    pub async fn ledger(&self, env: &EnvironmentId) -> Result<Ledger> {
        reading::ledger(&*self.parts.journal, env).await
    }

    /// The public URLs of the release that an environment is at.
    ///
    /// # Errors
    /// Whatever the journal or the routes answer.
    pub async fn urls(&self, env: &EnvironmentId) -> Result<BTreeMap<eve_core::ServiceName, Vec<String>>> {
        let ledger = self.ledger(env).await?;
        let mut out: BTreeMap<_, Vec<String>> = BTreeMap::new();
        let wanted = ledger.current().map(|bound| eve_core::plan::wanted_routes(&bound.desired)).unwrap_or_default();
        for route in wanted.iter().filter(|route| route.id.is_public()) {
            out.entry(route.service.clone()).or_default().push(self.parts.public.address(env, route).await?);
        }
        Ok(out)
    }

    /// The releases of a project, oldest first.
    ///
    /// # Errors
    /// Whatever the journal answers.
    pub async fn releases(&self, org: &OrgName, project: &ProjectName) -> Result<Vec<Release>> {
        reading::releases(&*self.parts.journal, org, project).await
    }

    /// The runs of an environment, oldest first.
    ///
    /// # Errors
    /// Whatever the journal answers.
    pub async fn runs(&self, env: &EnvironmentId) -> Result<Vec<RunRecord>> {
        let mut out = Vec::new();
        for id in reading::run_ids(&*self.parts.journal, env).await? {
            out.push(reading::run(&*self.parts.journal, env, &id).await?);
        }
        Ok(out)
    }

    /// Logs of services.
    pub fn logs(&self, who: &LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        self.parts.runtime.logs(who, how)
    }

    /// Runs a command in an instance of a service, beside what that runs: what it writes, and then its end.
    ///
    /// # Errors
    /// `capability.unsupported` where the runtime does not claim that. All others are the last item.
    pub fn exec(&self, what: &ExecSpec, how: ExecOptions) -> Result<BoxStream<'static, Result<ExecItem>>> {
        let runtime = &self.parts.runtime;
        let exec = runtime.exec().ok_or_else(|| {
            let text = format!("no commands are run in instances on {runtime}");
            Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text)
        })?;
        Ok(exec.exec(what, how))
    }

    /// What an attempt wrote: kept after its end, from the runner while it runs.
    ///
    /// # Errors
    /// `attempt.unknown`.
    pub async fn attempt_log(&self, env: &EnvironmentId, attempt: &AttemptId) -> Result<Bytes> {
        let runs = self.runs(env).await?;
        let known = runs.iter().flat_map(|run| &run.attempts).find(|known| known.id == *attempt);
        match known.map(|known| known.log.clone()) {
            Some(Some(log)) => self.parts.blobs.get(&log).await,
            Some(None) => crate::reading::live_log(&*self.parts.runner, attempt).await,
            None => Err(Error::not_found(codes::ATTEMPT_UNKNOWN, format!("{env} has no attempt {attempt}"))),
        }
    }

    /// What Eve owns in an environment now.
    ///
    /// # Errors
    /// `backend.unavailable`.
    pub async fn leftovers(&self, env: &EnvironmentId) -> Result<Leftovers> {
        Leftovers::of(&self.parts, env).await
    }

    /// Where everything is journaled.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.parts.journal
    }
}
