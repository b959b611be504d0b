//! Writing to one stream.

use std::sync::Arc;

use eve_core::event::Event;
use eve_core::{Env, Journal, Result, StreamId};
use tokio::sync::Mutex;

use crate::keeper::Keeper;

/// Appends to one stream under a lease, and knows where the stream is.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    env: Arc<dyn Env>,
    journal: Arc<dyn Journal>,
    stream: StreamId,
    keeper: Keeper,
    sequence: Arc<Mutex<u64>>,
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
        Self { env, journal, stream, keeper, sequence: Arc::new(Mutex::new(sequence)) }
    }

    /// Appends events, all or none; they are durable when this returns.
    ///
    /// # Errors
    /// `lease.lost` if somebody else has the environment now; whatever the journal answers.
    pub(crate) async fn append<E: Event>(&self, events: &[E]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let at = self.env.now();
        let records = events.iter().map(|event| event.record(at)).collect::<Result<Vec<_>>>()?;
        let mut sequence = self.sequence.lock().await;
        *sequence = self.journal.append(&self.stream, *sequence, Some(&self.keeper.fenced()), records).await?;
        Ok(())
    }
}
