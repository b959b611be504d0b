//! Running commands beside what an instance runs.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{self, Either};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use crate::{Cancel, Deadline, Env, EnvironmentId, Exit, InstanceRef, Result, ServiceName};

/// Runs commands in running instances.
pub trait Exec: Send + Sync {
    /// Runs a command where an instance runs: with its files, its variables and its rights.
    ///
    /// **Requires** [`Capabilities::exec`](crate::Capabilities::exec).
    /// **Behaviour**
    /// - the command is a list of words, and no shell reads them;
    /// - what it writes comes as it is written, each stream in order; the last item is its end;
    /// - it reads the input that it is given, and then its end; without one it reads the end at once;
    /// - when its time is up or it is cancelled, the stream ends with that error. Whether the command ends with it
    ///   is the backend's matter;
    /// - dropping the stream stops listening, not the command.
    ///
    /// # Errors
    /// As the stream's last item: `instance.unknown` if nothing of that name runs, `workload.cannot_start` if the
    /// command is not there; `cancelled`, `deadline.exceeded`, `access.denied`, `backend.unavailable`.
    fn exec(&self, what: &ExecSpec, how: ExecOptions) -> BoxStream<'static, Result<ExecItem>>;
}

/// A command, and where it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecSpec {
    /// The environment.
    pub environment: EnvironmentId,
    /// The service.
    pub service: ServiceName,
    /// The instance of it. None means one that is ready, and else one that runs.
    pub instance: Option<InstanceRef>,
    /// The command line: the program, and what it is told.
    pub argv: Vec<String>,
}

impl ExecSpec {
    /// A command in some instance of a service.
    pub fn new(environment: EnvironmentId, service: ServiceName, argv: impl IntoIterator<Item = String>) -> Self {
        Self { environment, service, instance: None, argv: argv.into_iter().collect() }
    }

    /// Names the instance.
    pub fn with_instance(mut self, instance: InstanceRef) -> Self {
        self.instance = Some(instance);
        self
    }
}

/// How a command is run.
#[non_exhaustive]
pub struct ExecOptions {
    /// The clock.
    pub env: Arc<dyn Env>,
    /// When it has to be over.
    pub deadline: Deadline,
    /// Whether it was cancelled.
    pub cancel: Cancel,
    /// What it reads. None means nothing.
    pub input: Option<BoxStream<'static, Bytes>>,
}

impl ExecOptions {
    /// Without input.
    pub fn new(env: Arc<dyn Env>, deadline: Deadline) -> Self {
        Self { env, deadline, cancel: Cancel::new(), input: None }
    }

    /// Binds it to a cancellation.
    pub fn with_cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// Gives it something to read.
    pub fn with_input(mut self, input: BoxStream<'static, Bytes>) -> Self {
        self.input = Some(input);
        self
    }

    /// Ends what a command writes with an error once its time is up or it is cancelled: what every backend needs.
    pub fn limit(&self, items: BoxStream<'static, Result<ExecItem>>) -> BoxStream<'static, Result<ExecItem>> {
        let (env, deadline, cancel) = (Arc::clone(&self.env), self.deadline, self.cancel.clone());
        let over = async move {
            let time = env.sleep(deadline.remaining(&*env));
            match future::select(std::pin::pin!(cancel.cancelled()), time).await {
                Either::Left(_) => Cancel::error(),
                Either::Right(_) => Deadline::exceeded("the end of a command"),
            }
        };
        stream::unfold(Some((items, Box::pin(over))), |open| async move {
            let (mut items, over) = open?;
            match future::select(over, items.next()).await {
                Either::Left((error, _)) => Some((Err(error), None)),
                Either::Right((Some(item), over)) => {
                    let is_last = !matches!(item, Ok(ExecItem::Stdout(_) | ExecItem::Stderr(_)));
                    Some((item, (!is_last).then_some((items, over))))
                }
                Either::Right((None, _)) => None,
            }
        })
        .boxed()
    }
}

impl fmt::Debug for ExecOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecOptions")
            .field("deadline", &self.deadline)
            .field("input", &self.input.is_some())
            .finish_non_exhaustive()
    }
}

/// What comes of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExecItem {
    /// It wrote this to its standard output.
    Stdout(Bytes),
    /// It wrote this to its standard error.
    Stderr(Bytes),
    /// It is over.
    Ended {
        /// How.
        exit: Exit,
    },
}
