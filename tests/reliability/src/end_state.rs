//! What is there when all is over.

use std::collections::BTreeMap;
use std::fmt;

use eve::event::{RunOutcome, Undo};
use eve::{
    Embedded, Entry, EnvironmentId, Journal, Ledger, LedgerLine, LedgerResult, Object, ObservedRoute, Result,
    RouteTarget, RunRecord,
};
use serde::{Deserialize, Serialize};

use crate::{Breach, Shop, Stage, get};

/// What is there when all is over, without what differs from run to run: ids, times, ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndState {
    /// Each environment, by name.
    pub environments: BTreeMap<String, EnvironmentState>,
    /// How often the job ran.
    pub effects: usize,
    /// What must never be, and is.
    pub broken: Vec<String>,
}

/// One environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentState {
    /// The ledger, oldest line first.
    pub ledger: Vec<LineState>,
    /// The edition that it is at.
    pub current: Option<String>,
    /// Health, as it is told to whoever asks.
    pub health: String,
    /// Each object: service, whether it is of the current release, state.
    pub objects: Vec<String>,
    /// What the ground itself says that is there, where it was asked behind Eve's back.
    pub held: Vec<String>,
    /// Each route, with the services and releases that it leads to.
    pub routes: BTreeMap<String, Vec<String>>,
    /// The edition that answers through the ingress.
    pub answer: Option<String>,
    /// The attempts that are not forgotten.
    pub attempts: usize,
    /// The runs, oldest first.
    pub runs: Vec<RunState>,
}

/// One line of a ledger.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineState {
    /// The key that its run was asked for with.
    pub key: String,
    /// Kind of run, edition, result.
    pub said: String,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunState {
    /// What it was.
    pub kind: String,
    /// The key that it was asked for with.
    pub key: String,
    /// How it ended.
    pub outcome: String,
    /// Where each step stands.
    pub steps: BTreeMap<String, String>,
    /// Each attempt's step and exit.
    pub attempts: Vec<String>,
}

impl EndState {
    /// Reads everything.
    ///
    /// # Errors
    /// Whatever the journal or the backends answer.
    pub async fn read(stage: &Stage) -> Result<Self> {
        let eve = stage.eve();
        let (mut environments, mut broken) = (BTreeMap::new(), Vec::new());
        for env in stage.environments() {
            let ledger = eve.engine().ledger(&env).await?;
            let runs = eve.engine().runs(&env).await?;
            broken.extend(Breach::of(&ledger, &runs).iter().map(ToString::to_string));
            environments.insert(env.env.to_string(), EnvironmentState::read(stage, &env, &ledger, &runs).await?);
        }
        Ok(Self { environments, effects: stage.shop().effects(), broken })
    }

    /// True if no instance is on its way.
    ///
    /// # Errors
    /// Whatever the backend answers.
    pub async fn is_settled(eve: &Embedded, env: &EnvironmentId) -> Result<bool> {
        let seen = eve.parts().runtime.observe(env).await?;
        Ok(seen.ours().all(|object| object.state.is_ready() || matches!(object.state, eve::ObjectState::Ended { .. })))
    }

    /// Every entry of the journal, for people. Reading them all is what proves that their chain holds.
    ///
    /// # Errors
    /// `state.unreadable` if it does not.
    pub async fn journal(eve: &Embedded) -> Result<Vec<String>> {
        let journal = eve.engine().journal();
        let mut out = Vec::new();
        for (stream, last) in journal.streams("").await? {
            let entries = entries(&**journal, &stream, last).await?;
            out.extend(entries.iter().map(shown));
        }
        Ok(out)
    }
}

async fn entries(journal: &dyn Journal, stream: &eve::StreamId, last: u64) -> Result<Vec<Entry>> {
    let limit = usize::try_from(last).unwrap_or(usize::MAX);
    journal.read(stream, 0, limit).await
}

fn shown(entry: &Entry) -> String {
    const MOST: usize = 300;
    let body: String = entry.record.body.as_str().chars().take(MOST).collect();
    format!("{} #{} {} {body}", entry.stream, entry.sequence, entry.record.kind)
}

impl EnvironmentState {
    async fn read(stage: &Stage, env: &EnvironmentId, ledger: &Ledger, runs: &[RunRecord]) -> Result<Self> {
        let (eve, ground) = (stage.eve(), stage.ground());
        let parts = eve.parts();
        let seen = parts.runtime.observe(env).await?;
        let release = |object: &Object| {
            let is_expected =
                |expected: &eve::Expected| expected.object == object.id && object.hash.as_ref() == Some(&expected.hash);
            if ledger.current_instances().iter().any(is_expected) { "current" } else { "of no release" }
        };
        let named = |object: &Object| {
            let service = object.service.as_ref().map_or_else(|| ground.named(&object.id, env), ToString::to_string);
            format!("{service} {} {:?}", release(object), object.state)
        };
        let target = |target: &RouteTarget| match seen.ours().find(|object| object.instance() == target.instance) {
            Some(object) => named(object),
            None => "nothing".to_owned(),
        };
        let leads = |route: &ObservedRoute| {
            let open = (!route.confirmed).then(|| "never confirmed".to_owned());
            (route.id.to_string(), route.targets.iter().map(target).chain(open).collect())
        };
        let mut objects: Vec<_> = seen.ours().map(named).collect();
        objects.sort();
        let ingress = format!("127.0.0.1:{}", eve.ingress_port().await?);
        let answer = get(&ingress, &Shop::host(env.env.as_str()));
        Ok(Self {
            ledger: ledger.lines.iter().map(LineState::of).collect(),
            current: ledger.current().and_then(Shop::label_of),
            health: eve.engine().health(env).await?.status.to_string(),
            objects,
            held: ground.held(env),
            routes: parts.routes.observe(env).await?.iter().map(leads).collect(),
            answer: answer.and_then(|body| Some(body.split_once(' ')?.0.to_owned())),
            attempts: parts.runner.owned(env).await?.len(),
            runs: runs.iter().map(RunState::of).collect(),
        })
    }
}

impl LineState {
    fn of(line: &LedgerLine) -> Self {
        Self { key: line.requested_by.clone(), said: format!("{} {}", line.by, told(&line.result)) }
    }
}

impl fmt::Debug for LineState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.said)
    }
}

impl RunState {
    fn of(run: &RunRecord) -> Self {
        let exit = |exit: Option<eve::Exit>| exit.map_or_else(|| "none".to_owned(), |exit| exit.to_string());
        Self {
            kind: run.kind.word().to_owned(),
            key: run.requested_by.clone(),
            outcome: run.outcome.as_ref().map_or_else(|| "active".to_owned(), ended),
            steps: run.steps.iter().map(|(step, state)| (step.to_string(), format!("{state:?}"))).collect(),
            attempts: run.attempts.iter().map(|attempt| format!("{} {}", attempt.step, exit(attempt.exit))).collect(),
        }
    }
}

fn told(result: &LedgerResult) -> String {
    match result {
        LedgerResult::Healthy { bound, .. } => format!("{} healthy", Shop::label_of(bound).unwrap_or_default()),
        LedgerResult::Failed { fault, undo } => format!("failed {} undo {}", fault.code, undone(undo)),
        LedgerResult::Deleted => "deleted".to_owned(),
        _ => "of a newer version".to_owned(),
    }
}

fn ended(outcome: &RunOutcome) -> String {
    match outcome {
        RunOutcome::Succeeded { .. } => "succeeded".to_owned(),
        RunOutcome::Failed { fault, undo } => format!("failed {} undo {}", fault.code, undone(undo)),
        RunOutcome::Cancelled { undo } => format!("cancelled undo {}", undone(undo)),
        _ => "of a newer version".to_owned(),
    }
}

fn undone(undo: &Undo) -> String {
    match undo {
        Undo::NotNeeded => "not needed".to_owned(),
        Undo::Complete => "complete".to_owned(),
        Undo::Incomplete { fault, .. } => format!("incomplete {}", fault.code),
        _ => "of a newer version".to_owned(),
    }
}
