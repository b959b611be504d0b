//! The one task that writes.

use std::sync::{Arc, Mutex, PoisonError};

use eve_core::{Env, Error, Result, codes};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::debug;

use super::command::{Ask, Command};
use super::heads::Heads;
use super::reader::Reader;
use super::stats::Counters;
use super::transaction;
use crate::access::Access;
use crate::intent::Intent;

/// Commands that one commit takes at most, and that may wait.
const GROUP: usize = 256;

/// The handle of the one task that writes.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Command>>>,
    ended: watch::Receiver<()>,
}

impl Writer {
    /// Starts the task; `access` is kept until its last commit.
    pub(super) fn start(task: Task, access: Arc<Access>) -> Self {
        let (queue, commands) = mpsc::channel(GROUP);
        let (running, ended) = watch::channel(());
        let env = task.env.clone();
        env.spawn(Box::pin(async move {
            task.run(commands).await;
            drop(access);
            drop(running);
        }));
        Self { queue: Mutex::new(Some(queue)), ended }
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

fn closed() -> Error {
    Error::failed(codes::STATE_IO, "the journal was closed").with_hint("open the state again")
}

/// What the task works with.
pub(super) struct Task {
    pub(super) env: Arc<dyn Env>,
    pub(super) connection: SqliteConnection,
    pub(super) reader: Reader,
    pub(super) heads: Arc<Heads>,
    pub(super) counters: Arc<Counters>,
}

impl Task {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
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
        // The writer's connection is the last one: only it can fold the log into the database.
        self.reader.close(&*self.env).await;
        if let Err(error) = self.connection.close().await {
            debug!(%error, "the journal's connection did not close cleanly");
        }
    }

    /// Commits a group as one; if that fails, each alone, so that none fails for another's sake.
    async fn commit(&mut self, group: &mut [Command]) {
        let Err(failed) = self.try_commit(group).await else { return };
        if let [command] = group {
            command.fail(failed);
            return;
        }
        for command in group {
            if let Err(failed) = self.try_commit(std::slice::from_mut(command)).await {
                command.fail(failed);
            }
        }
    }

    async fn try_commit(&mut self, group: &mut [Command]) -> Result<()> {
        let written = transaction::commit(&mut self.connection, self.env.now(), group)
            .await
            .map_err(|source| Intent::Write.sql_error(self.reader.database(), source))?;
        self.counters.committed(&written);
        for (stream, head) in &written.heads {
            self.heads.advance(stream, head.sequence);
        }
        Ok(())
    }
}
