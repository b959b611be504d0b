//! The runtime.

use std::fmt;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::desired::Strategy;
use eve_core::{
    Addresses, Bound, Capabilities, CaptureEvidence, Change, Changes, EnvironmentId, InstanceRef, LogItem, LogOptions,
    LogSubject, Observed, Op, OpCx, Owned, Result, Runtime, SystemEnv, polling_watch,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::Mutex;

use super::finding::findings;
use super::instance::Instance;
use super::plan;
use super::ports::Ports;
use crate::config::ProcessConfig;
use crate::logs::LogReader;
use crate::processes::{ChildId, ChildStatus, Children, Record};
use crate::state_dir::StateDir;

/// Holds services as processes of this machine.
///
/// Instances share the machine's network and file system: a service is told in `PORT` (its first
/// port) and `PORT_<number>` (each of them) where to listen, and starts in its snapshot's folder,
/// which it must not change. Services end with the process that holds them.
#[derive(Debug, Clone)]
pub struct ProcessRuntime {
    pub(super) config: Arc<ProcessConfig>,
    pub(super) state: Option<Arc<StateDir>>,
    /// None where the state is only read.
    pub(super) children: Option<Children>,
    pub(super) ports: Arc<Ports>,
    /// Held while an instance is made: the same operation twice at once makes one.
    pub(super) creating: Arc<Mutex<()>>,
}

impl ProcessRuntime {
    const POLL: Duration = Duration::from_millis(500);

    pub(crate) fn new(config: Arc<ProcessConfig>, state: Arc<StateDir>, children: Children) -> Self {
        Self::with(config, Some(state), Some(children))
    }

    /// Opens the state for reading, beside the process that holds it or after it: observing, watching
    /// and logs work, and every operation is refused. A folder without state is empty.
    ///
    /// # Errors
    /// `state.version`, `state.unreadable`, `state.io`.
    pub fn open_read_only(config: ProcessConfig) -> Result<Self> {
        let state = StateDir::open_read_only(&config.dir)?;
        Ok(Self::with(Arc::new(config), state.map(Arc::new), None))
    }

    fn with(config: Arc<ProcessConfig>, state: Option<Arc<StateDir>>, children: Option<Children>) -> Self {
        Self { config, state, children, ports: Arc::default(), creating: Arc::default() }
    }

    /// Ends the services that a former holder left, and closes their records.
    pub(crate) fn clean(state: &StateDir, children: &Children) {
        for environment in state.folders("instances") {
            children.clean(&state.folders(environment));
        }
        children.clean_strays("instances");
    }

    pub(super) fn observed(&self, env: &EnvironmentId) -> Observed {
        let mut seen = Observed::empty(env.clone());
        for (instance, status) in self.instances(env) {
            let object = instance.as_object(&status);
            seen.findings.extend(findings(&object, &status));
            seen.objects.push(object);
        }
        seen
    }

    /// The instances of an environment that there are.
    pub(super) fn instances(&self, env: &EnvironmentId) -> Vec<(Instance, ChildStatus)> {
        let statuses = match &self.children {
            Some(children) => children.list(),
            None => self.records(env).into_iter().map(Record::seen_from_outside).collect(),
        };
        let known = statuses.into_iter().filter_map(|status| Some((Instance::of(&status)?, status)));
        known.filter(|(instance, _)| instance.environment == *env).collect()
    }

    /// Everything that is stored of an environment, the oldest first.
    pub(super) fn records(&self, env: &EnvironmentId) -> Vec<Record> {
        let Some(state) = &self.state else { return Vec::new() };
        let folders = state.folders(Instance::folder(env));
        let mut records: Vec<_> = folders.iter().filter_map(|folder| Record::read(folder).ok()?).collect();
        records.sort_by_key(|record| record.started);
        records
    }

    pub(super) fn read(&self, id: &ChildId, how: &LogOptions) -> Option<BoxStream<'static, Result<LogItem>>> {
        match &self.children {
            Some(children) => children.logs(id, how),
            None => LogReader::of_folder(&self.state.as_ref()?.path(id.as_str()), how).map(LogReader::stream),
        }
    }

    /// Removes what is kept of a service's ended instances beyond the bound.
    pub(super) fn prune(&self, of: &Instance) {
        let (Some(state), Some(children)) = (&self.state, &self.children) else { return };
        let ended = self.records(&of.environment).into_iter().filter(|record| {
            let same = Instance::of_record(record).is_some_and(|instance| instance.service == of.service);
            same && children.status(&record.id).is_none()
        });
        let ended: Vec<_> = ended.collect();
        let surplus = ended.len().saturating_sub(self.config.keep_ended);
        for record in &ended[..surplus] {
            if let Err(error) = fs::remove_dir_all(state.path(record.id.as_str())) {
                tracing::warn!(child = %record.id, %error, "folder of an ended instance cannot be removed");
            }
        }
    }
}

#[async_trait]
impl Runtime for ProcessRuntime {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities =
            Capabilities::services().with_rollout(Strategy::Switched).with_rollout(Strategy::Recreate).with_logs();
        capabilities.limits_memory = cfg!(target_os = "linux");
        capabilities.published_ports = true;
        capabilities
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Observed> {
        Ok(self.observed(env))
    }

    fn plan(&self, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
        plan::plan(&self.capabilities(), want, seen, at)
    }

    async fn perform(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        self.perform_op(op, cx).await
    }

    fn watch(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        let (this, env) = (self.clone(), env.clone());
        let Some(children) = &self.children else {
            return polling_watch(Arc::new(SystemEnv::new()), Self::POLL, move || {
                let seen = this.observed(&env);
                Box::pin(async move { Ok(seen) })
            });
        };
        let changes = children.watch();
        stream::unfold((this, env, changes, None), |(this, env, mut changes, last): (Self, _, _, Option<Observed>)| {
            Box::pin(async move {
                loop {
                    if last.is_some() {
                        // The sender lives in `this`.
                        changes.changed().await.ok()?;
                    }
                    changes.borrow_and_update();
                    let seen = this.observed(&env);
                    if last.as_ref() != Some(&seen) {
                        return Some((Ok(seen.clone()), (this, env, changes, Some(seen))));
                    }
                }
            })
        })
        .boxed()
    }

    fn logs(&self, who: &LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>> {
        let wanted = |instance: &Instance| match who {
            LogSubject::Service(_, service) => instance.service == *service,
            LogSubject::Instance(_, one) => instance.object == one.object && instance.incarnation == one.incarnation,
            _ => false,
        };
        let records = self.records(who.environment());
        let streams: Vec<_> = records
            .iter()
            .filter(|record| Instance::of_record(record).is_some_and(|instance| wanted(&instance)))
            .filter_map(|record| self.read(&record.id, &how))
            .collect();
        if how.follow { stream::select_all(streams).boxed() } else { stream::iter(streams).flatten().boxed() }
    }

    fn owned(&self) -> Option<&dyn Owned> {
        Some(self)
    }

    fn evidence(&self) -> Option<&dyn CaptureEvidence> {
        Some(self)
    }
}

#[async_trait]
impl Owned for ProcessRuntime {
    async fn environments(&self) -> Result<Vec<EnvironmentId>> {
        let statuses = match (&self.children, &self.state) {
            (Some(children), _) => children.list(),
            (None, Some(state)) => {
                let folders = state.folders("instances").into_iter().flat_map(|folder| state.folders(folder));
                let records = folders.filter_map(|folder| Record::read(&folder).ok()?);
                records.map(Record::seen_from_outside).filter(|status| !status.state.is_final()).collect()
            }
            (None, None) => Vec::new(),
        };
        let mut environments: Vec<_> =
            statuses.iter().filter_map(Instance::of).map(|instance| instance.environment).collect();
        environments.sort();
        environments.dedup();
        Ok(environments)
    }
}

#[async_trait]
impl CaptureEvidence for ProcessRuntime {
    async fn capture(&self, env: &EnvironmentId, instance: &InstanceRef) -> Result<Vec<eve_core::Evidence>> {
        self.capture_evidence(env, instance).await
    }
}

impl fmt::Display for ProcessRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "processes in {}", self.config.dir.display())
    }
}
