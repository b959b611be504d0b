//! The seam to whatever holds environments.

use std::fmt::{Debug, Display};

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use crate::{
    Addresses, Bound, Capabilities, Change, Changes, EnvironmentId, Evidence, Exec, Fencing, HostView, InstanceRef,
    LogItem, LogOptions, LogSubject, Observed, Op, OpCx, Provision, Result,
};

/// Holds environments at a release.
///
/// A runtime observes, plans and performs; it decides nothing. Readiness, order, routes and undo
/// are the engine's, the same on every backend. `Display` names the backend for people.
#[async_trait]
pub trait Runtime: Debug + Display + Send + Sync + 'static {
    /// What this runtime can do.
    fn capabilities(&self) -> Capabilities;

    /// Everything of one environment, as it is now.
    ///
    /// **Behaviour**
    /// - lists ours, and strangers' objects under names that we would use;
    /// - an environment that was never deployed is empty, and no error;
    /// - changes nothing.
    ///
    /// # Errors
    /// `backend.unavailable` if the backend cannot be reached.
    async fn observe(&self, env: &EnvironmentId) -> Result<Observed>;

    /// What has to change so that the environment becomes what is wanted.
    ///
    /// **Behaviour**
    /// - pure: it has nothing to write with, and equal input gives an equal answer;
    /// - an object whose hash is the wanted one and that lives needs no operation;
    /// - what is ours and no longer wanted is retired, by incarnation; a stranger's never is;
    /// - a key that it cannot honour is a [`Loss`](crate::Loss).
    ///
    /// # Errors
    /// - `object.foreign` if a stranger has a name that is needed;
    /// - `release.no_artifact` if a service has none;
    /// - `capability.unsupported` for what it does not claim.
    fn plan(&self, want: &Bound, seen: &Observed, at: &dyn Addresses) -> Result<Changes>;

    /// Performs one operation.
    ///
    /// **Behaviour**
    /// - changes one object and waits only for its own effect, never for readiness;
    /// - fetches nothing: what [`provision`](Self::provision) got and went away since is missing;
    /// - idempotent: done again it answers [`Unchanged`](crate::ChangeOutcome::Unchanged) or
    ///   [`Skipped`](crate::ChangeOutcome::Skipped);
    /// - the version that it answers is one that [`observe`](Self::observe) will reach;
    /// - removes only the incarnation that is named, and only what is ours;
    /// - what a workload asks of the host is judged by the operation's [policy](OpCx::policy) before anything
    ///   of it is made, with links followed;
    /// - the new object inherits no descriptor of this process;
    /// - dropping the future stops waiting, not the work.
    ///
    /// # Errors
    /// - `operation.unknown` for another backend's operation;
    /// - `object.foreign`, `object.changed`, `artifact.not_found`, `image.not_found`, `port.taken`,
    ///   `secret.missing`;
    /// - `policy.*` for what the host does not allow, `host_path.missing`;
    /// - `cancelled` or `deadline.exceeded`, with nothing half made.
    async fn perform(&self, op: &Op, cx: &OpCx) -> Result<Change>;

    /// The environment's states as they come, each a whole one.
    ///
    /// **Behaviour**
    /// - the first item is the state at the time of the call; then at least one after every change,
    ///   the newest if several came together;
    /// - an `Err` is a gap: the stream goes on;
    /// - ends only when it is dropped.
    fn watch(&self, env: &EnvironmentId) -> BoxStream<'static, Result<Observed>>;

    /// Logs.
    ///
    /// **Requires** [`Capabilities::logs`].
    /// **Behaviour**
    /// - lines of one source are in order; a line after a cursor is not repeated;
    /// - what is missing is a [`LogItem::Gap`]; a source that ended says so;
    /// - without `follow` it ends at what is there, with it when every source ended.
    fn logs(&self, who: &LogSubject, how: LogOptions) -> BoxStream<'static, Result<LogItem>>;

    /// The backend's own dry run: shown, never hashed, never needed.
    fn preview(&self) -> Option<&dyn PreviewPlan> {
        None
    }

    /// Lists what it holds across environments.
    fn owned(&self) -> Option<&dyn Owned> {
        None
    }

    /// Gets what operations need before the first of them.
    fn provision(&self) -> Option<&dyn Provision<[Op]>> {
        None
    }

    /// Turns older holders away before it is observed.
    fn fencing(&self) -> Option<&dyn Fencing> {
        None
    }

    /// Looks at the host whose folders and devices it hands to workloads.
    fn host_view(&self) -> Option<&dyn HostView> {
        None
    }

    /// Runs commands in instances. None unless [`Capabilities::exec`] is set.
    fn exec(&self) -> Option<&dyn Exec> {
        None
    }

    /// Captures evidence before something is cleaned up.
    fn evidence(&self) -> Option<&dyn CaptureEvidence> {
        None
    }
}

/// A backend's own dry run of operations.
#[async_trait]
pub trait PreviewPlan: Send + Sync {
    /// What the backend says that the operations would do, one text each.
    ///
    /// # Errors
    /// `backend.unavailable`.
    async fn preview(&self, env: &EnvironmentId, ops: &[Op]) -> Result<Vec<String>>;
}

/// Lists what a backend holds across environments.
#[async_trait]
pub trait Owned: Send + Sync {
    /// The environments of which something is left.
    ///
    /// # Errors
    /// `backend.unavailable`.
    async fn environments(&self) -> Result<Vec<EnvironmentId>>;
}

/// Captures what tells why an instance failed.
#[async_trait]
pub trait CaptureEvidence: Send + Sync {
    /// What one instance and its own restarts left: log tail, exit, probe answers. Another
    /// incarnation of its name is somebody else and gives nothing.
    ///
    /// # Errors
    /// `backend.unavailable`. An instance that is gone gives no evidence and no error.
    async fn capture(&self, env: &EnvironmentId, instance: &InstanceRef) -> Result<Vec<Evidence>>;
}
