//! Diagnosed conditions.

mod evidence;
mod fold;
mod subject;
mod verdict;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Code, Exit, Timestamp};

pub use evidence::Evidence;
pub use fold::fold_findings;
pub use subject::{Place, Subject};
pub use verdict::{FaultOwner, RetryClass, Verdict};

/// A diagnosed condition: what is wrong with whom, how that is known, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The stable code, the same on every backend.
    pub code: Code,
    /// Whom it is about.
    pub subject: Subject,
    /// One sentence for people.
    pub message: String,
    /// What it means for somebody who waits.
    pub verdict: Verdict,
    /// Who can mend it.
    pub owner: FaultOwner,
    /// Whether trying again helps.
    pub retry: RetryClass,
    /// How it is known.
    pub evidence: Vec<Evidence>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Since when it holds.
    pub since: Timestamp,
    /// What follows from it elsewhere: the symptoms that it explains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub symptoms: Vec<Finding>,
}

impl Finding {
    /// A terminal finding, the user's to mend, that trying again does not help before they do.
    pub fn new(code: Code, subject: Subject, message: impl Into<String>, since: Timestamp) -> Self {
        Self {
            code,
            subject,
            message: message.into(),
            verdict: Verdict::Terminal,
            owner: FaultOwner::User,
            retry: RetryClass::AfterChange,
            evidence: Vec::new(),
            hint: None,
            since,
            symptoms: Vec::new(),
        }
    }

    /// Sets what it means for somebody who waits.
    pub fn with_verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        self
    }

    /// Sets who can mend it and whether trying again helps.
    pub fn with_owner(mut self, owner: FaultOwner, retry: RetryClass) -> Self {
        self.owner = owner;
        self.retry = retry;
        self
    }

    /// Adds evidence.
    pub fn with_evidence(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Adds what to do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// True if somebody has to act on it or on a symptom of it.
    pub fn is_failure(&self) -> bool {
        self.verdict.is_failure() || self.symptoms.iter().any(Self::is_failure)
    }

    /// The exit that the evidence tells of, if it tells of one.
    pub fn exit(&self) -> Option<Exit> {
        self.evidence.iter().find_map(|e| match e {
            Evidence::Exit { exit, .. } => Some(*exit),
            _ => None,
        })
    }

    /// True if a wait has to end because of it, at `now`.
    pub fn ends_a_wait(&self, now: Timestamp) -> bool {
        match self.verdict {
            Verdict::Terminal => true,
            Verdict::Grace(grace) => now.since(self.since) >= grace,
            Verdict::Wait => false,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

#[cfg(test)]
mod tests;
