//! What waits for the writer.

use std::time::Duration;

use eve_core::{Fenced, HolderId, Lease, LeaseName, Record, Result, StreamId};
use tokio::sync::oneshot;

use super::snapshot::Snapshot;

/// Something that waits for the writer: it is decided within a transaction, and answered after the
/// commit.
#[derive(Debug)]
pub(super) enum Command {
    /// Append records.
    Append(Ask<Append, u64>),
    /// Take a lease.
    Acquire(Ask<Acquire, Lease>),
    /// Hold a lease for longer.
    Renew(Ask<Lease, Lease>),
    /// Give a lease back.
    Release(Ask<Lease, ()>),
}

/// What is asked, what was decided, and who waits for it.
#[derive(Debug)]
pub(super) struct Ask<Q, A> {
    question: Q,
    answer: Option<Result<A>>,
    reply: oneshot::Sender<Result<A>>,
}

/// Records for a stream.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) stream: StreamId,
    pub(super) expected: u64,
    pub(super) fence: Option<Fenced>,
    pub(super) records: Vec<Record>,
}

/// A lease for somebody.
#[derive(Debug)]
pub(super) struct Acquire {
    pub(super) lease: LeaseName,
    pub(super) holder: HolderId,
    pub(super) ttl: Duration,
}

impl<Q, A> Ask<Q, A> {
    /// A question, and where its answer will be.
    pub(super) fn new(question: Q) -> (Self, oneshot::Receiver<Result<A>>) {
        let (reply, answer) = oneshot::channel();
        (Self { question, answer: None, reply }, answer)
    }

    fn decide(&mut self, decide: impl FnOnce(&Q) -> Result<A>) {
        self.answer = Some(decide(&self.question));
    }

    /// Answers, unless nobody waits any more or nothing was decided.
    fn answer(self) {
        if let Some(answer) = self.answer {
            let _ = self.reply.send(answer);
        }
    }
}

impl Command {
    /// The stream that it looks at.
    pub(super) fn stream(&self) -> Option<&StreamId> {
        match self {
            Self::Append(ask) => Some(&ask.question.stream),
            Self::Acquire(_) | Self::Renew(_) | Self::Release(_) => None,
        }
    }

    /// The lease that it looks at.
    pub(super) fn lease(&self) -> Option<&LeaseName> {
        match self {
            Self::Append(ask) => ask.question.fence.as_ref().map(|fence| &fence.lease),
            Self::Acquire(ask) => Some(&ask.question.lease),
            Self::Renew(ask) => Some(&ask.question.name),
            Self::Release(ask) => Some(&ask.question.name),
        }
    }

    /// True if it has to outlive the machine. A lease need not: who held it is gone with the machine. A data plane may
    /// have kept its token all the same and refuse those that are given once more: an engine that is refused while
    /// its lease holds takes the next one.
    pub(super) fn is_durable(&self) -> bool {
        matches!(self, Self::Append(_))
    }

    /// Decides it on what is stored. Deciding again forgets what was decided before.
    pub(super) fn decide(&mut self, stored: &mut Snapshot) {
        match self {
            Self::Append(ask) => ask.decide(|append| stored.append(append)),
            Self::Acquire(ask) => ask.decide(|acquire| stored.acquire(acquire)),
            Self::Renew(ask) => ask.decide(|lease| stored.renew(lease)),
            Self::Release(ask) => ask.decide(|lease| {
                stored.release(lease);
                Ok(())
            }),
        }
    }

    /// Replaces what was decided by a failure.
    pub(super) fn fail(&mut self, error: eve_core::Error) {
        match self {
            Self::Append(ask) => ask.answer = Some(Err(error)),
            Self::Acquire(ask) => ask.answer = Some(Err(error)),
            Self::Renew(ask) => ask.answer = Some(Err(error)),
            Self::Release(ask) => ask.answer = Some(Err(error)),
        }
    }

    /// Tells who waits what was decided.
    pub(super) fn answer(self) {
        match self {
            Self::Append(ask) => ask.answer(),
            Self::Acquire(ask) => ask.answer(),
            Self::Renew(ask) => ask.answer(),
            Self::Release(ask) => ask.answer(),
        }
    }
}
