//! Beginning runs, and taking them up.

use std::sync::{Arc, PoisonError};

use eve_core::event::{Event as _, RunEvent, RunKind};
use eve_core::pipeline::{Action, Step};
use eve_core::{Cancel, Digest, EnvironmentId, Error, Journal, Pipeline, PipelineName, Result, RunId, StreamId, codes};
use futures_util::stream::StreamExt as _;
use tokio::sync::watch;

use crate::files::Files;
use crate::first_look::FirstLook;
use crate::keeper::Keeper;
use crate::parts::Parts;
use crate::progress_log::ProgressLog;
use crate::recovery::Standing;
use crate::run::{Run, buildable};
use crate::unended::Unended;
use crate::walk::Scope;
use crate::writer::Writer;
use crate::{Engine, RunHandle, RunRecord, RunReport, reading, recovery};

/// What a new run is.
pub(crate) struct NewRun {
    pub(crate) environment: EnvironmentId,
    pub(crate) kind: RunKind,
    pub(crate) requested_by: String,
    pub(crate) idempotency: Option<(String, Digest)>,
    pub(crate) approved: Option<Digest>,
    pub(crate) source: Option<String>,
    pub(crate) files: Files,
    pub(crate) pipeline: Pipeline,
    pub(crate) pipeline_name: Option<PipelineName>,
}

impl NewRun {
    /// True if nothing that the run does changes what is there before it plans.
    fn plans_at_once(&self) -> bool {
        let builds = match &self.kind {
            RunKind::Deploy { project } => {
                project.environment(&self.environment.env).is_ok_and(|found| !buildable(&found.desired).is_empty())
            }
            _ => false,
        };
        let does_more = |step: &Step| matches!(step.action, Action::Job { .. } | Action::Run { .. });
        !builds && !self.pipeline.steps.iter().any(does_more)
    }

    /// A run without a pipeline.
    pub(crate) fn plain(environment: EnvironmentId, kind: RunKind, requested_by: &str) -> Self {
        Self {
            environment,
            kind,
            requested_by: requested_by.to_owned(),
            idempotency: None,
            approved: None,
            source: None,
            files: Files::new(),
            pipeline: Pipeline::default(),
            pipeline_name: None,
        }
    }
}

impl Engine {
    /// The run that was asked for with the same key: active here, active elsewhere, or over.
    ///
    /// # Errors
    /// `run.idempotency_conflict` if something else was asked for with it.
    pub(crate) async fn asked_before(
        &self,
        env: &EnvironmentId,
        (key, digest): &(String, Digest),
    ) -> Result<Option<RunHandle>> {
        let journal = &*self.parts.journal;
        let Some((id, before)) = reading::keyed(journal, env, key).await? else { return Ok(None) };
        if before != *digest {
            let text = format!("key {key:?} was used for run {id} with other arguments");
            return Err(
                Error::conflict(codes::RUN_IDEMPOTENCY_CONFLICT, text).with_hint("use a new key for a new request")
            );
        }
        if let Some(handle) = self.active.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Some(handle.clone()));
        }
        Ok(Some(self.follow(reading::run(journal, env, &id).await?)))
    }

    /// A handle of a run that another engine works on, or that is over. It cannot cancel the run.
    fn follow(&self, run: RunRecord) -> RunHandle {
        let log = ProgressLog::new();
        log.close();
        let over = run.outcome.clone().map(|outcome| RunReport::of(&run, outcome));
        let (id, environment) = (run.id.clone(), run.environment.clone());
        let (tell, report) = watch::channel(over);
        if run.is_active() {
            let mut run = run;
            let stream = StreamId::run(&run.environment, &run.id);
            let mut entries = self.parts.journal.subscribe(&stream, run.sequence);
            self.parts.env.spawn(Box::pin(async move {
                loop {
                    let entry = tokio::select! {
                        () = tell.closed() => return,
                        entry = entries.next() => entry,
                    };
                    match entry.map(|entry| entry.and_then(|entry| RunEvent::read(&entry))) {
                        None => return,
                        Some(Ok(RunEvent::Ended { outcome, .. })) => {
                            tell.send_replace(Some(RunReport::of(&run, outcome)));
                            return;
                        }
                        Some(Ok(RunEvent::Resumed { .. })) => run.resumed += 1,
                        Some(Ok(_)) => {}
                        Some(Err(error)) => tracing::warn!(error = %error, "a gap in a run's stream"),
                    }
                }
            }));
        }
        RunHandle::new(id, environment, Cancel::new(), log, report)
    }

    /// Begins a run, or finds the one that was begun with the same key meanwhile. Dropping the future stops the
    /// waiting: the run begins all the same.
    ///
    /// # Errors
    /// `lease.held`, `run.idempotency_conflict`; `run.interrupted` if the engine went away meanwhile.
    pub(crate) async fn begin(&self, new: NewRun) -> Result<RunHandle> {
        if let Some(active) = self.active_runs().iter().find(|run| *run.environment() == new.environment) {
            let text = format!("run {} is changing {}", active.id(), new.environment);
            return Err(Error::conflict(codes::LEASE_HELD, text).with_hint("wait for it or cancel it"));
        }
        let engine = self.clone();
        self.beside(async move { engine.begin_held(new).await }).await
    }

    async fn begin_held(&self, new: NewRun) -> Result<RunHandle> {
        let keeper = self.hold(&new.environment).await?;
        let known = match &new.idempotency {
            Some(asked) => self.asked_before(&new.environment, asked).await,
            None => Ok(None),
        };
        let begun = match known {
            Ok(Some(handle)) => {
                keeper.end().await;
                return Ok(handle);
            }
            Ok(None) => {
                let look = new.plans_at_once().then(|| FirstLook::begin(&self.parts, new.environment.clone()));
                self.write_beginning(new, &keeper).await.map(|record| (record, look))
            }
            Err(error) => Err(error),
        };
        match begun {
            Ok((record, look)) => Ok(self.spawn(record, keeper, look)),
            Err(error) => {
                keeper.end().await;
                Err(error)
            }
        }
    }

    async fn write_beginning(&self, new: NewRun, keeper: &Keeper) -> Result<RunRecord> {
        let standing = Standing::of(&*self.parts.journal, &new.environment).await?;
        for older in &standing.active {
            recovery::end_interrupted(&self.parts, keeper, older).await?;
        }
        let id = RunId::generate(&*self.parts.env);
        let stream = StreamId::run(&new.environment, &id);
        let started = RunEvent::Started {
            environment: new.environment.clone(),
            kind: new.kind,
            requested_by: new.requested_by,
            idempotency: new.idempotency,
            approved: new.approved,
            source: new.source,
            files: new.files,
            pipeline: new.pipeline,
            pipeline_name: new.pipeline_name,
        };
        let at = self.parts.env.now();
        self.writer(stream, keeper.clone(), 0).append_at(std::slice::from_ref(&started), at).await?;
        let record = RunRecord::begun(&id, started, at);
        let mut record = record.ok_or_else(|| Error::internal(codes::INTERNAL_INVARIANT, "a run began otherwise"))?;
        record.swept = standing.swept && standing.active.is_empty();
        Ok(record)
    }

    /// The run to go on with, under the lease; those before it end. One that failed in this process
    /// is told so.
    pub(crate) async fn take_up(
        &self,
        env: &EnvironmentId,
        keeper: &Keeper,
        failed: Option<&Unended>,
    ) -> Result<Option<RunRecord>> {
        let journal = &*self.parts.journal;
        let mut open = recovery::active(journal, env).await?;
        let Some(last) = open.pop() else { return Ok(None) };
        for older in &open {
            recovery::end_interrupted(&self.parts, keeper, older).await?;
        }
        let mut events = vec![RunEvent::Resumed { holder: self.parts.holder.clone() }];
        let failed = failed.filter(|failed| failed.run == last.id && last.faults.is_empty());
        if let Some(fault) = failed.and_then(|failed| failed.why.clone()) {
            // What the ledger knows to be done is not undone.
            let ledger = reading::ledger(journal, env).await?;
            if !ledger.lines.iter().any(|line| line.run == last.id && recovery::is_done(line)) {
                events.push(RunEvent::Faulted { fault });
            }
        }
        let stream = StreamId::run(env, &last.id);
        self.writer(stream, keeper.clone(), last.sequence).append(&events).await?;
        reading::run(journal, env, &last.id).await.map(Some)
    }

    fn writer(&self, stream: StreamId, keeper: Keeper, sequence: u64) -> Writer {
        let Parts { env, journal, .. } = &self.parts;
        Writer::new(Arc::clone(env), Arc::clone(journal), stream, keeper, sequence)
    }

    /// Lets a run go on beside the caller.
    pub(crate) fn spawn(&self, record: RunRecord, keeper: Keeper, look: Option<FirstLook>) -> RunHandle {
        let (id, environment) = (record.id.clone(), record.environment.clone());
        let log = ProgressLog::new();
        let cancel = Cancel::new();
        let (tell, report) = watch::channel(None);
        let handle = RunHandle::new(id.clone(), environment.clone(), cancel.clone(), log.clone(), report);
        self.active.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), handle.clone());
        let writer = self.writer(StreamId::run(&environment, &id), keeper.clone(), record.sequence);
        let active = Active { engine: self.clone(), run: id.clone(), keeper: keeper.clone(), log: log.clone() };
        let scope = Scope {
            parts: self.parts.clone(),
            environment,
            keeper,
            writer,
            cancel,
            progress: log.progress(),
            parent: id.to_string(),
        };
        let engine = self.clone();
        self.parts.env.spawn(Box::pin(async move {
            let (report, unended) = Box::pin(Run::new(scope, record, look).execute()).await;
            drop(active);
            engine.clean_up_after(&report.outcome).await;
            let environment = report.environment.clone();
            tell.send_replace(Some(report));
            if let Some(unended) = unended {
                engine.end_later(environment, unended).await;
            }
        }));
        handle
    }
}

/// An active run of this process. A run that panics, or whose executor goes away, is none any more:
/// its lease ends by itself and its handles say that it was interrupted.
struct Active {
    engine: Engine,
    run: RunId,
    keeper: Keeper,
    log: ProgressLog,
}

impl Drop for Active {
    fn drop(&mut self) {
        self.engine.active.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.run);
        self.keeper.abandon();
        self.log.close();
    }
}
