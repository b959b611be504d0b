//! The walk itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use eve_core::event::{Fault, RunEvent};
use eve_core::plan::{Node, Work};
use eve_core::{Bound, Cancel, Drained, ObjectId, Observed, OpId, Plan, ProgressEvent, ProgressStatus, Result};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, FuturesUnordered, StreamExt as _};

use super::Scope;
use super::effect::{Effect, Ready};
use super::gates::{Look, OpenGate};

/// What a walk that reached its end did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Walked {
    /// The operations that were performed.
    pub(crate) operations: BTreeSet<OpId>,
    /// What drains counted.
    pub(crate) drained: BTreeMap<OpId, Drained>,
}

/// Why a walk did not reach its end.
#[derive(Debug, Clone)]
pub(crate) struct Stopped {
    pub(crate) fault: Fault,
    /// True if some operation was begun.
    pub(crate) begun: bool,
    /// The operations that were not done and the gates that did not open.
    pub(crate) left: Vec<String>,
}

/// Walks a plan. One watch, opened before the first operation, is what every gate is judged by. Where
/// nothing is to be done, what the plan was made from may be enough, and where nothing is waited for,
/// nothing is watched.
///
/// The first failure starts nothing more, tells what runs to stop, and waits for it.
///
/// # Errors
/// [`Stopped`], with the first fault.
pub(crate) async fn walk(
    scope: &Scope,
    plan: &Plan,
    bound: &Bound,
    seen: Option<&Observed>,
) -> Result<Walked, Stopped> {
    let waits = plan.nodes.iter().any(|node| matches!(node.work, Work::Gate(_)));
    let changes = plan.operations().next().is_some();
    let mut watch = (waits && changes).then(|| scope.parts.runtime.watch(&scope.environment));
    let mut walker = Walker {
        scope,
        plan,
        bound,
        marks: vec![Mark::Waiting; plan.nodes.len()],
        gates: Vec::new(),
        running: FuturesUnordered::new(),
        stop: scope.cancel.child(),
        seen: seen.filter(|_| !changes).cloned(),
        versions: BTreeMap::new(),
        unwritten: Vec::new(),
        walked: Walked::default(),
        fault: None,
        begun: false,
    };
    if waits && !changes && !walker.is_over_at_once().await {
        if let Err(error) = scope.writer.flush().await {
            walker.fail(error.into());
        }
        watch = Some(scope.parts.runtime.watch(&scope.environment));
    }
    walker.run(watch.unwrap_or_else(|| stream::pending().boxed())).await;
    walker.end().await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Waiting,
    Running,
    Done,
}

type Running<'a> = FuturesUnordered<BoxFuture<'a, (usize, Result<Effect>)>>;

struct Walker<'a> {
    scope: &'a Scope,
    plan: &'a Plan,
    bound: &'a Bound,
    marks: Vec<Mark>,
    gates: Vec<OpenGate>,
    running: Running<'a>,
    stop: Cancel,
    seen: Option<Observed>,
    versions: BTreeMap<ObjectId, u64>,
    /// What happened since the last append.
    unwritten: Vec<RunEvent>,
    walked: Walked,
    fault: Option<Fault>,
    begun: bool,
}

impl Walker<'_> {
    /// True if every gate of a plan without operations is open by what the plan was made from.
    async fn is_over_at_once(&mut self) -> bool {
        self.seen.is_some() && {
            self.settle().await;
            self.marks.iter().all(|mark| *mark == Mark::Done)
        }
    }

    async fn run(&mut self, watch: BoxStream<'static, Result<Observed>>) {
        let mut watch = watch.fuse();
        loop {
            if self.fault.is_none() && self.scope.cancel.is_cancelled() {
                self.fail(Fault::from(Cancel::error()));
            }
            let pause = self.settle().await;
            if self.running.is_empty() && (self.fault.is_some() || self.marks.iter().all(|mark| *mark == Mark::Done)) {
                return;
            }
            let goes_on = self.fault.is_none();
            tokio::select! {
                biased;
                () = self.scope.cancel.cancelled(), if goes_on => {}
                lost = self.scope.keeper.lost(), if goes_on => self.fail(lost.into()),
                Some((node, done)) = self.running.next(), if !self.running.is_empty() => self.finished(node, done),
                Some(seen) = watch.next() => match seen {
                    Ok(seen) => self.seen = Some(seen),
                    Err(gap) => tracing::warn!(error = %gap, "a gap in what is observed"),
                },
                () = self.scope.parts.env.sleep(pause) => {}
            }
        }
    }

    /// Starts whatever can start and looks at every gate, until nothing moves by itself. Returns
    /// how long to wait at most before looking again.
    async fn settle(&mut self) -> Duration {
        loop {
            if self.fault.is_some() {
                return Duration::from_secs(1);
            }
            self.start().await;
            let (moved, pause) = self.look();
            if !moved {
                return pause;
            }
        }
    }

    /// Starts the wave of operations whose needs are met: one append, then all of them.
    async fn start(&mut self) {
        let can_start = |i: &usize| {
            self.marks[*i] == Mark::Waiting
                && self.plan.nodes[*i].needs.iter().all(|need| self.marks[*need] == Mark::Done)
        };
        let ready: Vec<usize> = (0..self.plan.nodes.len()).filter(can_start).collect();
        let mut wave = Vec::new();
        for i in ready {
            match &self.plan.nodes[i].work {
                Work::Gate(gate) => {
                    self.marks[i] = Mark::Running;
                    self.gates.push(OpenGate::new(i, gate, &*self.scope.parts.env));
                    self.say(i, ProgressStatus::Started);
                }
                work => match Ready::of(self.scope, work, self.bound, self.seen.as_ref(), &self.versions) {
                    Ok(ready) => wave.push((i, ready)),
                    Err(error) => return self.fail(error.into()),
                },
            }
        }
        if wave.is_empty() {
            return;
        }
        let operations: Vec<OpId> = wave.iter().filter_map(|(i, _)| self.plan.nodes[*i].work.op_id()).collect();
        self.unwritten.push(RunEvent::Intended { operations });
        let intent = self.write().await.and_then(|()| self.scope.keeper.check());
        if let Err(error) = intent {
            return self.fail(error.into());
        }
        self.begun = true;
        for (i, ready) in wave {
            self.marks[i] = Mark::Running;
            self.say(i, ProgressStatus::Started);
            let (scope, stop) = (self.scope, self.stop.clone());
            self.running.push(Box::pin(async move { (i, ready.perform(scope, &stop).await) }));
        }
    }

    /// Looks at every open gate; true if one of them passed.
    fn look(&mut self) -> (bool, Duration) {
        let env = &*self.scope.parts.env;
        let mut pause = Duration::from_secs(60);
        let mut passed = Vec::new();
        let mut failed = None;
        for gate in &mut self.gates {
            let before = gate.ready;
            match gate.look(env, self.seen.as_ref(), &self.versions) {
                Look::Passed => passed.push(gate.node),
                Look::Wait(again) => pause = pause.min(again),
                Look::Failed(fault) => failed = Some((gate.node, *fault)),
            }
            if gate.ready != before {
                let (node, done, total) = (gate.node, gate.ready as u64, gate.total() as u64);
                let text = self.plan.nodes[node].work.to_string();
                self.scope.progress.say(|| {
                    ProgressEvent::new(self.scope.child_id(&text), ProgressStatus::Running, text.clone())
                        .with_parent(self.scope.parent.clone())
                        .with_count(done, total)
                });
            }
        }
        if let Some((node, fault)) = failed {
            self.say(node, ProgressStatus::Failed);
            self.fail(fault);
            return (false, pause);
        }
        self.gates.retain(|gate| !passed.contains(&gate.node));
        for &node in &passed {
            self.marks[node] = Mark::Done;
            if !self.plan.is_noop() {
                self.unwritten.push(RunEvent::Opened { gate: self.plan.nodes[node].work.to_string() });
            }
            self.say(node, ProgressStatus::Done);
        }
        (!passed.is_empty(), pause)
    }

    fn finished(&mut self, i: usize, done: Result<Effect>) {
        let node: &Node = &self.plan.nodes[i];
        match done {
            Ok(effect) => {
                self.marks[i] = Mark::Done;
                if let (Work::Object(op), Some(change)) = (&node.work, &effect.change) {
                    self.versions.insert(op.object.clone(), change.version);
                }
                if let Some(operation) = node.work.op_id() {
                    self.walked.operations.insert(operation.clone());
                    self.walked.drained.extend(effect.drained.map(|drained| (operation.clone(), drained)));
                    self.unwritten.push(RunEvent::Changed {
                        operation,
                        change: effect.change,
                        drained: effect.drained,
                    });
                }
                self.say(i, ProgressStatus::Done);
            }
            Err(error) => {
                self.say(i, ProgressStatus::Failed);
                self.fail(error.into());
            }
        }
    }

    /// The first fault counts; nothing more is started, and what runs is told to stop.
    fn fail(&mut self, fault: Fault) {
        if self.fault.is_none() {
            self.fault = Some(fault);
            self.stop.cancel();
        }
    }

    async fn write(&mut self) -> Result<()> {
        let events = std::mem::take(&mut self.unwritten);
        self.scope.writer.append(&events).await
    }

    async fn end(mut self) -> Result<Walked, Stopped> {
        if let Err(error) = self.write().await {
            self.fail(error.into());
        }
        let Some(fault) = self.fault else { return Ok(self.walked) };
        let undone = |i: &usize| self.marks[*i] != Mark::Done;
        let left = (0..self.plan.nodes.len()).filter(undone).map(|i| self.plan.nodes[i].work.to_string()).collect();
        Err(Stopped { fault, begun: self.begun, left })
    }

    fn say(&self, i: usize, status: ProgressStatus) {
        let work = &self.plan.nodes[i].work;
        self.scope.say(&work.to_string(), status, || format!("{work}"));
    }
}
