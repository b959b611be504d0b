//! Writing the ledger.

use std::sync::Arc;

use eve_core::event::EnvironmentEvent;
use eve_core::{Bound, Expected, Result, StreamId};

use super::{Halt, Run};
use crate::reading;
use crate::writer::Writer;

impl Run {
    pub(super) async fn write_healthy(&self, bound: Bound, instances: Vec<Expected>) -> Result<()> {
        self.write_ledger(EnvironmentEvent::Deployed {
            run: self.record.id.clone(),
            by: self.record.kind.word().to_owned(),
            requested_by: self.record.requested_by.clone(),
            bound: Box::new(bound),
            instances,
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

    /// Appends a line to the environment's ledger, unless there is one for this run: a run has one at
    /// most, however often it is taken up. The lease makes this run its only writer.
    pub(super) async fn write_ledger(&self, event: EnvironmentEvent) -> Result<()> {
        let parts = &self.scope.parts;
        let env = &self.record.environment;
        let ledger = reading::ledger(&*parts.journal, env).await?;
        if ledger.lines.iter().any(|line| line.run == self.record.id) {
            return Ok(());
        }
        // Whoever finds the line finds how far the run was, too.
        self.scope.writer.flush().await?;
        let (clock, journal) = (Arc::clone(&parts.env), Arc::clone(&parts.journal));
        Writer::new(clock, journal, StreamId::environment(env), self.scope.keeper.clone(), ledger.sequence)
            .append(&[event])
            .await
    }
}
