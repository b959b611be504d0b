//! The runtime.

use std::fmt;
use std::fs;
use std::sync::Arc;

use async_trait::async_trait;
use eve_core::{
    Addresses, Bound, Capabilities, CaptureEvidence, Change, Changes, EnvironmentId, Fence, Fencing, InstanceRef,
    LogItem, LogOptions, LogSubject, Observed, Op, OpCx, Owned, Provision, Result, Runtime,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::finding::findings;
use super::instance::Instance;
use super::{plan, support};
use crate::config::ProcessConfig;
use crate::processes::{ChildHolder, ChildStatus, Mandate, Record, StoredChildren};
use crate::state_dir::StateDir;

/// Holds services as processes of this machine.
///
/// Instances share the machine's network and file system: a service is told in `PORT` (its first
/// port) and `PORT_<number>` (each of them) where to listen, and starts in its snapshot's folder,
/// which it must not change. Services live as long as whoever [holds](ChildHolder) them.
#[derive(Debug, Clone)]
pub struct ProcessRuntime {
    pub(super) config: Arc<ProcessConfig>,
    pub(super) state: Arc<StateDir>,
    pub(super) holder: Arc<dyn ChildHolder>,
    survives_engine: bool,
}

impl ProcessRuntime {
    /// The kind of its objects.
    pub const KIND: &str = plan::KIND;

    pub(crate) fn new(
        config: Arc<ProcessConfig>,
        state: Arc<StateDir>,
        holder: Arc<dyn ChildHolder>,
        survives_engine: bool,
    ) -> Self {
        Self { config, state, holder, survives_engine }
    }

    /// Opens the state for reading, beside the process that holds it or after it: observing, watching
    /// and logs work, and every operation is refused. A folder without state is empty.
    ///
    /// # Errors
    /// `state.version`, `state.unreadable`, `state.io`.
    pub fn open_read_only(config: ProcessConfig) -> Result<Self> {
        let state = Arc::new(StateDir::open_read_only(&config.dir)?);
        let holder = Arc::new(StoredChildren::new(Arc::clone(&state)));
        Ok(Self::new(Arc::new(config), state, holder, false))
    }

    async fn observed(&self, env: &EnvironmentId) -> Result<Observed> {
        let mut seen = Observed::empty(env.clone());
        for (instance, status) in self.instances(env).await? {
            let object = instance.as_object(&status);
            seen.findings.extend(findings(&object, &status));
            seen.objects.push(object);
        }
        Ok(seen)
    }

    /// The instances of an environment that there are.
    pub(super) async fn instances(&self, env: &EnvironmentId) -> Result<Vec<(Instance, ChildStatus)>> {
        let statuses = self.holder.list(&Instance::folder(env)).await?;
        let known = statuses.into_iter().filter_map(|status| Some((Instance::of(&status)?, status)));
        Ok(known.filter(|(instance, _)| instance.environment == *env).collect())
    }

    /// Everything that is stored of an environment, the oldest first.
    pub(super) fn records(&self, env: &EnvironmentId) -> Vec<Record> {
        let folders = self.state.folders(Instance::folder(env));
        let mut records: Vec<_> = folders.iter().filter_map(|folder| Record::read(folder).ok()?).collect();
        records.sort_by_key(|record| record.started);
        records
    }

    /// Removes what is kept of a service's ended instances beyond the bound.
    pub(super) fn prune(&self, of: &Instance) {
        let ended = self.records(&of.environment).into_iter().filter(|record| {
            let same = Instance::of_record(record).is_some_and(|instance| instance.service == of.service);
            same && record.released
        });
        let ended: Vec<_> = ended.collect();
        let surplus = ended.len().saturating_sub(self.config.keep_ended);
        for record in &ended[..surplus] {
            match fs::remove_dir_all(self.state.path(record.id.as_str())) {
                // Somebody else removes it too.
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(child = %record.id, %error, "folder of an ended instance cannot be removed");
                }
                _ => {}
            }
        }
    }
}

#[async_trait]
impl Runtime for ProcessRuntime {
    fn capabilities(&self) -> Capabilities {
        support::capabilities(self.survives_engine)
    }

    async fn observe(&self, env: &EnvironmentId) -> Result<Observed> {
        self.observed(env).await
    }

    fn plan(&self, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes> {
        plan::plan(&self.capabilities(), want, seen, at)
    }

    async fn perform(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        self.perform_op(op, cx).await
    }

    fn watch(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>> {
        // Several changes at once are one look.
        const AT_ONCE: usize = 64;
        let changes = self.holder.watch().ready_chunks(AT_ONCE);
        stream::unfold((self.clone(), env.clone(), changes, None), |(this, env, mut changes, last)| async move {
            loop {
                let seen = match changes.next().await?.into_iter().find(Result::is_err) {
                    Some(Err(gap)) => Err(gap),
                    _ => this.observed(&env).await,
                };
                match seen {
                    Ok(seen) if last.as_ref() == Some(&seen) => {}
                    Ok(seen) => return Some((Ok(seen.clone()), (this, env, changes, Some(seen)))),
                    Err(gap) => return Some((Err(gap), (this, env, changes, None))),
                }
            }
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
            .map(|record| self.holder.logs(&record.id, &how))
            .collect();
        if how.follow { stream::select_all(streams).boxed() } else { stream::iter(streams).flatten().boxed() }
    }

    fn owned(&self) -> Option<&dyn Owned> {
        Some(self)
    }

    fn provision(&self) -> Option<&dyn Provision<[Op]>> {
        Some(self)
    }

    fn fencing(&self) -> Option<&dyn Fencing> {
        Some(self)
    }

    fn evidence(&self) -> Option<&dyn CaptureEvidence> {
        Some(self)
    }
}

#[async_trait]
impl Provision<[Op]> for ProcessRuntime {
    async fn provide(&self, work: &[Op], cx: &OpCx) -> Result<()> {
        cx.admit()?;
        self.check_artifacts(work)
    }
}

#[async_trait]
impl Owned for ProcessRuntime {
    async fn environments(&self) -> Result<Vec<EnvironmentId>> {
        let statuses = self.holder.list(Instance::FOLDER).await?;
        let mut environments: Vec<_> =
            statuses.iter().filter_map(Instance::of).map(|instance| instance.environment).collect();
        environments.sort();
        environments.dedup();
        Ok(environments)
    }
}

#[async_trait]
impl Fencing for ProcessRuntime {
    async fn raise(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        self.holder.raise(&Mandate::new(env.clone(), fence)).await
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
