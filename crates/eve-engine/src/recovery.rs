//! Runs whose engine went away.

use eve_core::event::{Event as _, Fault, RunEvent, RunOutcome, Undo};
use eve_core::{EnvironmentId, Error, Journal, Result, RunId, StreamId, codes};

use crate::keeper::Keeper;
use crate::parts::Parts;
use crate::{RunRecord, reading};

/// The environments that some run was journaled for.
pub(crate) async fn environments(journal: &dyn Journal) -> Result<Vec<EnvironmentId>> {
    let mut out: Vec<EnvironmentId> = Vec::new();
    for (stream, _) in journal.streams("run/").await? {
        let address = stream.as_str().strip_prefix("run/").and_then(|rest| rest.rsplit_once('/'));
        let Some((address, _)) = address else { continue };
        let env = EnvironmentId::parse(address)?;
        if out.last() != Some(&env) {
            out.push(env);
        }
    }
    Ok(out)
}

/// The runs of an environment that have not ended, oldest first. Only the youngest few can be such.
pub(crate) async fn active(journal: &dyn Journal, env: &EnvironmentId) -> Result<Vec<RunRecord>> {
    let mut out = Vec::new();
    for id in reading::run_ids(journal, env).await?.iter().rev() {
        let record = reading::run(journal, env, id).await?;
        if !record.is_active() {
            break;
        }
        out.push(record);
    }
    out.reverse();
    Ok(out)
}

/// Ends a run whose engine went away, without touching what it did: whoever holds the lease now
/// plans from what is there.
pub(crate) async fn end_interrupted(parts: &Parts, keeper: &Keeper, record: &RunRecord) -> Result<()> {
    let fault = Fault::from(interrupted(&record.id));
    let outcome = RunOutcome::Failed {
        fault: fault.clone(),
        undo: Undo::Incomplete { left: vec!["whatever the run had begun".to_owned()], fault: Box::new(fault) },
    };
    let event = RunEvent::Ended { outcome }.record(parts.env.now())?;
    let stream = StreamId::run(&record.environment, &record.id);
    parts.journal.append(&stream, record.sequence, Some(&keeper.fenced()), vec![event]).await.map(drop)
}

fn interrupted(run: &RunId) -> Error {
    Error::unavailable(codes::RUN_INTERRUPTED, format!("the engine went away before run {run} ended"))
        .with_hint("the next deploy plans from what is there")
}
