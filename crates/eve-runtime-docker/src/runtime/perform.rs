//! Performing one operation.

use eve_core::{Change, Error, Op, OpCx, Result, Verb, codes};

use super::docker_runtime::DockerRuntime;
use super::plan::CONTAINER;
use super::{network, volume};
use crate::secret_volume;

impl DockerRuntime {
    /// Performs an operation in a task of its own: who stops waiting must not leave half an object.
    pub(super) async fn perform_op(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        cx.admit()?;
        let (this, task_op, task_cx) = (self.clone(), op.clone(), cx.clone());
        let work = tokio::spawn(async move { this.dispatch(&task_op, &task_cx).await });
        let done = async {
            work.await.map_err(|e| {
                Error::internal(codes::INTERNAL_INVARIANT, format!("operation {} broke off", op.id)).with_source(e)
            })?
        };
        // Making cleans up behind itself when it is cancelled or late; removing goes on by itself.
        if op.verb == Verb::Create {
            return done.await;
        }
        let what = format!("the end of {}", op.object);
        tokio::select! {
            done = cx.deadline.limit(&*cx.env, &what, done) => done?,
            () = cx.cancel.cancelled() => Err(eve_core::Cancel::error()),
        }
    }

    async fn dispatch(&self, op: &Op, cx: &OpCx) -> Result<Change> {
        match (op.object.kind.as_str(), op.verb) {
            (network::KIND, Verb::Create) => self.create_network(op, cx).await,
            (network::KIND, Verb::Delete) => self.delete_network(op, cx).await,
            (volume::KIND, Verb::Create) => self.create_volume(op, cx).await,
            (volume::KIND, Verb::Delete) => self.delete_volume(op, cx).await,
            (CONTAINER, Verb::Create) => Box::pin(self.create_container(op, cx)).await,
            (CONTAINER, Verb::Delete) => self.delete_container(op, cx).await,
            (secret_volume::KIND, Verb::Delete) => {
                let incarnation = op.incarnation.as_ref().ok_or_else(|| unknown(op))?;
                secret_volume::delete(&self.daemon, &self.config.owner, op, incarnation, cx).await
            }
            _ => Err(unknown(op)),
        }
    }
}

pub(super) fn unknown(op: &Op) -> Error {
    Error::invalid(codes::OPERATION_UNKNOWN, format!("`{}` is no operation of the Docker runtime", op.id))
}

pub(super) fn foreign(op: &Op) -> Error {
    Error::conflict(codes::OBJECT_FOREIGN, format!("{} exists and is not Eve's", op.object))
        .with_hint("rename or remove it; Eve never touches what it did not make")
}

pub(super) fn changed(op: &Op, how: &str) -> Error {
    Error::conflict(codes::OBJECT_CHANGED, format!("{} {how}", op.object)).with_hint("plan again")
}
