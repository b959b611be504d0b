//! What must never be.

use std::collections::BTreeSet;
use std::fmt;

use eve::event::{Event as _, RunEvent};
use eve::{EnvironmentId, Journal, Ledger, Result, RunRecord, StreamId};

/// Something that must never be, whoever died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    /// A run or an attempt has no end, or is nowhere.
    Lost(String),
    /// Something was done or told twice.
    Doubled(String),
}

impl Breach {
    /// What the ledger and the runs of an environment break.
    pub fn of(ledger: &Ledger, runs: &[RunRecord]) -> Vec<Self> {
        let mut out = Vec::new();
        let mut told = BTreeSet::new();
        for line in ledger.lines.iter().filter(|line| !told.insert(line.run.clone())) {
            out.push(Self::Doubled(format!("the ledger has two lines of run {}", line.run)));
        }
        for run in runs {
            if run.is_active() {
                out.push(Self::Lost(format!("run {} has not ended", run.id)));
            }
            let mut accepted = BTreeSet::new();
            let successes = run.attempts.iter().filter(|attempt| attempt.exit.is_some_and(eve::Exit::is_success));
            for attempt in successes.filter(|attempt| !accepted.insert(attempt.step.clone())) {
                out.push(Self::Doubled(format!("step {} of run {} was accepted twice", attempt.step, run.id)));
            }
            for attempt in run.attempts.iter().filter(|attempt| attempt.exit.is_none()) {
                out.push(Self::Lost(format!("attempt {} has no end", attempt.id)));
            }
        }
        out
    }

    /// What the streams of an environment's runs break: each ends once, with its last entry, and no
    /// attempt ends twice.
    ///
    /// # Errors
    /// Whatever the journal answers.
    pub async fn in_streams(journal: &dyn Journal, env: &EnvironmentId) -> Result<Vec<Self>> {
        let mut out = Vec::new();
        for (stream, last) in journal.streams(&StreamId::runs_prefix(env)).await? {
            let entries = journal.read(&stream, 0, usize::try_from(last).unwrap_or(usize::MAX)).await?;
            let (mut ends, mut attempts) = (0, BTreeSet::new());
            for entry in &entries {
                match RunEvent::read(entry)? {
                    RunEvent::Ended { .. } => ends += 1,
                    RunEvent::AttemptEnded { attempt, .. } if !attempts.insert(attempt.clone()) => {
                        out.push(Self::Doubled(format!("attempt {attempt} was accepted twice")));
                    }
                    _ if ends > 0 => out.push(Self::Doubled(format!("{stream} goes on after its end"))),
                    _ => {}
                }
            }
            match ends {
                0 => out.push(Self::Lost(format!("{stream} has no end"))),
                1 => {}
                _ => out.push(Self::Doubled(format!("{stream} has {ends} ends"))),
            }
        }
        Ok(out)
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(text) | Self::Doubled(text) => f.write_str(text),
        }
    }
}
