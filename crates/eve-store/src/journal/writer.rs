//! The one task that writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use eve_core::{Error, ErrorKind, Result, codes};
use tokio::sync::{mpsc, oneshot, watch};

use super::command::{Ask, Command};
use super::database::log_size;
use super::heads::Heads;
use super::reader::Reader;
use super::stats::Counters;
use super::transaction::Transactions;
use crate::Holder;
use crate::intent::busy;

/// Commands that one commit takes at most, and that may wait.
const GROUP: usize = 256;

/// The size in bytes up to which a process that ends leaves the write-ahead log as it is.
const SHORT_LOG: u64 = 512 * 1024;

/// The handle of the one task that writes.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Command>>>,
    /// Set before the queue is closed by a process that ends.
    leaves: Arc<AtomicBool>,
    ended: watch::Receiver<()>,
}

impl Writer {
    /// Starts the task.
    pub(super) fn start(task: Task) -> Self {
        let (queue, commands) = mpsc::channel(GROUP);
        let (running, ended) = watch::channel(());
        let env = task.transactions.env.clone();
        let leaves = Arc::new(AtomicBool::new(false));
        let is_left = Arc::clone(&leaves);
        env.spawn(Box::pin(async move {
            task.run(commands, &is_left).await;
            drop(running);
        }));
        Self { queue: Mutex::new(Some(queue)), leaves, ended }
    }

    /// Has something done. Dropping the future stops waiting; what is in the queue is done all the
    /// same.
    pub(super) async fn ask<Q, A>(&self, question: Q, command: impl FnOnce(Ask<Q, A>) -> Command) -> Result<A> {
        let (ask, answer) = Ask::new(question);
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)?;
        queue.send(command(ask)).await.map_err(|_| closed())?;
        drop(queue);
        receive(answer).await
    }

    /// As [`close`](Self::close), of a process that ends then.
    pub(super) async fn leave(&self) {
        self.leaves.store(true, Ordering::Release);
        self.close().await;
    }

    /// Takes nothing more, and waits until what is in the queue is done.
    pub(super) async fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut ended = self.ended.clone();
        // Nothing is ever sent: the task ends by dropping its side.
        while ended.changed().await.is_ok() {}
    }
}

async fn receive<A>(answer: oneshot::Receiver<Result<A>>) -> Result<A> {
    answer.await.unwrap_or_else(|_| Err(closed()))
}

pub(super) fn closed() -> Error {
    Error::failed(codes::STATE_IO, "the journal was closed").with_hint("open the state again")
}

/// Says who may be in the way: a process that is stopped while it writes lets nobody else write.
fn waiting_for(busy: Error, others: &[Holder]) -> Error {
    if others.is_empty() {
        return busy;
    }
    let others: Vec<_> = others.iter().map(Holder::to_string).collect();
    busy.with_hint(format!(
        "try again; if that does not help, let go on or end what is stopped of: {}",
        others.join(", ")
    ))
}

/// What the task works with.
pub(super) struct Task {
    pub(super) transactions: Transactions,
    pub(super) reader: Reader,
    pub(super) heads: Arc<Heads>,
    pub(super) counters: Arc<Counters>,
}

impl Task {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>, leaves: &AtomicBool) {
        let mut group = Vec::new();
        while commands.recv_many(&mut group, GROUP).await > 0 {
            // Those who were answered by the last commit get the chance to join this one.
            tokio::task::yield_now().await;
            while group.len() < GROUP
                && let Ok(command) = commands.try_recv()
            {
                group.push(command);
            }
            self.commit(&mut group).await;
            group.drain(..).for_each(Command::answer);
        }
        self.heads.close();
        // Readers first: they cannot fold the log into the database.
        self.reader.close().await;
        let connection = &self.transactions.connection;
        if leaves.load(Ordering::Acquire) && log_size(&self.transactions.database) <= SHORT_LOG {
            connection.leave().await;
        } else {
            connection.close().await;
        }
    }

    /// Commits a group as one; if that fails, each alone, so that none fails for another's sake.
    async fn commit(&mut self, group: &mut [Command]) {
        let Err(mut failed) = self.try_commit(group).await else { return };
        let mut is_busy = failed.kind() == ErrorKind::Unavailable;
        let is_alone = group.len() == 1;
        let mut others = None;
        for command in group {
            // No command is to blame for other processes, and to wait for them again takes as long.
            if !is_busy && !is_alone {
                match self.try_commit(std::slice::from_mut(command)).await {
                    Ok(()) => continue,
                    Err(error) => failed = error,
                }
                is_busy = failed.kind() == ErrorKind::Unavailable;
            }
            let next = busy(&self.transactions.database);
            let mut error = std::mem::replace(&mut failed, next);
            if is_busy {
                if others.is_none() {
                    others = Some(self.transactions.others().await);
                }
                error = waiting_for(error, others.as_deref().unwrap_or_default());
            }
            command.fail(error);
        }
    }

    async fn try_commit(&mut self, group: &mut [Command]) -> Result<()> {
        let written = self.transactions.commit(group).await?;
        self.counters.committed(&written);
        for (stream, head) in &written.heads {
            self.heads.advance(stream, head.sequence);
        }
        Ok(())
    }
}
