//! Writing to one stream.

use std::sync::Arc;
use std::time::Duration;

use eve_core::event::Event;
use eve_core::{Env, Journal, Record, Result, StreamId, Timestamp, codes};
use tokio::sync::Mutex;

use crate::keeper::Keeper;

/// The first pause after a journal that cannot be reached; it doubles.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);
/// The longest pause: after it, the journal counts as gone.
pub(crate) const LONGEST: Duration = Duration::from_millis(1600);

/// Appends to one stream under a lease, and knows where the stream is.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    env: Arc<dyn Env>,
    journal: Arc<dyn Journal>,
    stream: StreamId,
    keeper: Keeper,
    end: Arc<Mutex<End>>,
}

/// Where a stream ends.
#[derive(Debug)]
struct End {
    sequence: u64,
    /// Set while an append waits, and left where it was dropped or failed: its records may stand there or
    /// not. How many notes went with it.
    unsure: Option<usize>,
    /// What goes before the next append.
    noted: Vec<Record>,
}

impl Writer {
    /// Writes to a stream that is at `sequence`.
    pub(crate) fn new(
        env: Arc<dyn Env>,
        journal: Arc<dyn Journal>,
        stream: StreamId,
        keeper: Keeper,
        sequence: u64,
    ) -> Self {
        Self {
            env,
            journal,
            stream,
            keeper,
            end: Arc::new(Mutex::new(End { sequence, unsure: None, noted: Vec::new() })),
        }
    }

    /// Appends events, all or none, after those that were noted; they are durable when this returns. A
    /// journal that cannot be reached is tried again for a few seconds.
    ///
    /// # Errors
    /// `lease.lost` if somebody else has the environment now; whatever the journal answers.
    pub(crate) async fn append<E: Event>(&self, events: &[E]) -> Result<()> {
        self.append_at(events, self.env.now()).await
    }

    /// Appends events that happened then.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub(crate) async fn append_at<E: Event>(&self, events: &[E], at: Timestamp) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        self.append_noted(records(events, at)?).await
    }

    /// Notes events on which no effect depends: they stand before whatever is appended next, and one
    /// append takes all of them. Whoever waits for something [flushes](Self::flush) them first.
    ///
    /// # Errors
    /// `internal.invariant` for an event that has no stored form.
    pub(crate) async fn note<E: Event>(&self, events: &[E]) -> Result<()> {
        let records = records(events, self.env.now())?;
        self.end.lock().await.noted.extend(records);
        Ok(())
    }

    /// Appends what was noted.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub(crate) async fn flush(&self) -> Result<()> {
        self.append_noted(Vec::new()).await
    }

    async fn append_noted(&self, more: Vec<Record>) -> Result<()> {
        let mut end = self.end.lock().await;
        let mut may_repeat = true;
        loop {
            let before = end.unsure;
            if let Some(sent) = before {
                let there = self.after(end.sequence).await?;
                end.sequence += there;
                if there > 0 {
                    end.noted.drain(..sent);
                }
                end.unsure = None;
            }
            let records = [end.noted.as_slice(), &more].concat();
            if records.is_empty() {
                return Ok(());
            }
            end.unsure = Some(end.noted.len());
            match self.append_after(end.sequence, &records).await {
                Ok(last) => {
                    *end = End { sequence: last, unsure: None, noted: Vec::new() };
                    return Ok(());
                }
                // What was dropped before stood in the queue, and came first.
                Err(error) if *error.code() == codes::JOURNAL_CONFLICT && before.is_some() && may_repeat => {
                    end.unsure = before;
                    may_repeat = false;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn append_after(&self, sequence: u64, records: &[Record]) -> Result<u64> {
        let mut pause = PAUSE;
        loop {
            let fence = self.keeper.fenced();
            match self.journal.append(&self.stream, sequence, Some(&fence), records.to_vec()).await {
                Ok(last) => return Ok(last),
                Err(error) if error.is_retryable() && pause <= LONGEST => {
                    tracing::warn!(error = %error, stream = %self.stream, "not appended, trying again");
                    self.env.sleep(pause).await;
                    pause *= 2;
                }
                // The lease makes this the stream's only writer: what stands there after a lost
                // answer is what was to be appended.
                Err(error) if *error.code() == codes::JOURNAL_CONFLICT && pause > PAUSE => {
                    if !self.holds(sequence, records).await? {
                        return Err(error);
                    }
                    return Ok(sequence + records.len() as u64);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// How many entries there are after a sequence.
    async fn after(&self, sequence: u64) -> Result<u64> {
        let there = self.journal.streams(self.stream.as_str()).await?;
        let last = there.into_iter().find(|(stream, _)| *stream == self.stream).map_or(0, |(_, last)| last);
        Ok(last.saturating_sub(sequence))
    }

    /// True if these records, and no more, stand after a sequence.
    async fn holds(&self, after: u64, records: &[Record]) -> Result<bool> {
        let there = self.journal.read(&self.stream, after, records.len() + 1).await?;
        Ok(there.iter().map(|entry| &entry.record).eq(records))
    }
}

fn records<E: Event>(events: &[E], at: Timestamp) -> Result<Vec<Record>> {
    events.iter().map(|event| event.record(at)).collect()
}
