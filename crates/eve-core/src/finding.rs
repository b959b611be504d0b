//! Diagnosed conditions.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Code, Digest, Exit, InstanceRef, ServiceName, Timestamp};

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
}

impl Finding {
    /// A terminal finding, the user's to mend, that trying again does not help.
    pub fn new(code: Code, subject: Subject, message: impl Into<String>, since: Timestamp) -> Self {
        Self {
            code,
            subject,
            message: message.into(),
            verdict: Verdict::Terminal,
            owner: FaultOwner::User,
            retry: RetryClass::Never,
            evidence: Vec::new(),
            hint: None,
            since,
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

/// Whom a finding is about.
///
/// A wait counts a finding only if instance and hash are those that it waits for: an older
/// revision's crash fails nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Subject {
    /// The service.
    pub service: Option<ServiceName>,
    /// The instance.
    pub instance: Option<InstanceRef>,
    /// What the instance was made from.
    pub hash: Option<Digest>,
    /// The version of the object at which the condition was seen.
    pub version: u64,
}

impl Subject {
    /// A service as a whole.
    pub fn service(service: ServiceName) -> Self {
        Self { service: Some(service), ..Self::default() }
    }

    /// One instance, as it was seen.
    pub fn object(object: &crate::Object) -> Self {
        Self {
            service: object.service.clone(),
            instance: Some(object.instance()),
            hash: object.hash.clone(),
            version: object.version,
        }
    }
}

/// What a finding means for somebody who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// It will not get better by itself: stop.
    Terminal,
    /// Stop if it has lasted that long.
    Grace(Duration),
    /// It may get better: go on.
    Wait,
}

/// Who can mend a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultOwner {
    /// Whoever wrote the code or made the image.
    User,
    /// Whoever wrote the manifest.
    Config,
    /// Whoever runs the platform.
    Platform,
    /// Nobody: machines fail.
    Infrastructure,
}

/// Whether trying again helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryClass {
    /// Not without a change.
    Never,
    /// After a pause; it counts as an attempt.
    Backoff,
    /// At once; it does not count against the workload.
    Free,
}

/// How a condition is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "evidence", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// A process ended.
    Exit {
        /// How.
        exit: Exit,
        /// How many times it was started again before.
        restarts: u32,
    },
    /// The last lines that it wrote.
    LogTail {
        /// Who wrote them.
        source: String,
        /// The lines, oldest first.
        lines: Vec<String>,
    },
    /// What a health probe was answered.
    Probe {
        /// The answer, or why there was none.
        answer: String,
    },
    /// A field of a backend's object.
    Field {
        /// Where it stands.
        path: String,
        /// What it says.
        value: String,
    },
}
