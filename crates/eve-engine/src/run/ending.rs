//! Writing the ledger.

use eve_core::event::{EnvironmentEvent, Event as _};
use eve_core::{Bound, Result, StreamId};

use super::{Halt, Run};
use crate::reading;

impl Run {
    pub(super) async fn write_healthy(&self, bound: Bound) -> Result<()> {
        self.write_ledger(EnvironmentEvent::Deployed {
            run: self.record.id.clone(),
            by: self.record.kind.word().to_owned(),
            requested_by: self.record.requested_by.clone(),
            bound: Box::new(bound),
            healthy_at: self.scope.parts.env.now(),
        })
        .await
    }

    pub(super) async fn write_failed(&self, bound: Bound, halt: &Halt) -> Result<()> {
        self.write_ledger(EnvironmentEvent::Failed {
            run: self.record.id.clone(),
            by: self.record.kind.word().to_owned(),
            requested_by: self.record.requested_by.clone(),
            bound: Box::new(bound),
            fault: halt.fault.clone(),
            undo: halt.undo.clone(),
        })
        .await
    }

    /// Appends a line to the environment's ledger. The lease makes this run its only writer.
    pub(super) async fn write_ledger(&self, event: EnvironmentEvent) -> Result<()> {
        let parts = &self.scope.parts;
        let env = &self.record.environment;
        let sequence = reading::ledger(&*parts.journal, env).await?.sequence;
        let record = event.record(parts.env.now())?;
        let fence = self.scope.keeper.fenced();
        parts.journal.append(&StreamId::environment(env), sequence, Some(&fence), vec![record]).await.map(drop)
    }
}
