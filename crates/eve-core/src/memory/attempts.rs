//! What the memory runner holds.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::LogRing;
use crate::{
    AttemptId, AttemptState, Code, Digest, EnvironmentId, Evidence, Exit, FaultOwner, Fences, Finding, RetryClass,
    Subject, Timestamp,
};

/// The attempts of all environments.
#[derive(Default)]
pub(super) struct Attempts {
    pub(super) held: BTreeMap<AttemptId, Attempt>,
    pub(super) fences: Fences,
    pub(super) version: u64,
}

/// One attempt.
pub(super) struct Attempt {
    pub(super) environment: EnvironmentId,
    pub(super) spec: Digest,
    pub(super) state: AttemptState,
    pub(super) log: LogRing,
    pub(super) artifacts: BTreeMap<String, Bytes>,
}

impl Attempts {
    /// An attempt that still runs.
    pub(super) fn running(&mut self, id: &AttemptId) -> Option<&mut Attempt> {
        self.held.get_mut(id).filter(|attempt| attempt.state == AttemptState::Running)
    }

    /// Ends an attempt, if it still runs; `why` where it did not end well.
    pub(super) fn end(&mut self, id: &AttemptId, exit: Exit, why: Option<(Code, String)>, now: Timestamp) {
        if let Some(attempt) = self.running(id) {
            attempt.end(exit, why, now);
            self.version += 1;
        }
    }
}

impl Attempt {
    fn end(&mut self, exit: Exit, why: Option<(Code, String)>, now: Timestamp) {
        /// How many lines a log tail has.
        const TAIL: usize = 20;
        let finding = why.map(|(code, text)| {
            let tail = Evidence::LogTail { source: self.log.source().as_str().to_owned(), lines: self.log.tail(TAIL) };
            let finding =
                Finding::new(code, Subject::default(), text, now).with_owner(FaultOwner::User, RetryClass::BackOff);
            Box::new(finding.with_evidence(Evidence::Exit { exit, restarts: 0 }).with_evidence(tail))
        });
        self.log.end(exit);
        self.state = AttemptState::Ended { exit, finding };
    }
}
