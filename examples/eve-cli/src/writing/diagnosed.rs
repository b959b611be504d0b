//! A finding about what a cluster holds.

use std::fmt::Write as _;

use eve::{Evidence, FaultOwner, Finding, RetryClass};
use serde::Serialize;

use super::describe;

/// A finding about what a cluster holds, as it is written.
#[derive(Debug, Serialize)]
pub(crate) struct Diagnosed<'a> {
    code: &'a str,
    subject: Subject<'a>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_seconds: Option<u64>,
    owner: FaultOwner,
    retry: RetryClass,
    message: &'a str,
    hint: Option<&'a str>,
    evidence: &'a [Evidence],
    since: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    symptoms: Vec<Diagnosed<'a>>,
    #[serde(skip)]
    finding: &'a Finding,
}

#[derive(Debug, Serialize)]
struct Subject<'a> {
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
    container: Option<&'a str>,
    uid: Option<&'a str>,
}

impl<'a> Diagnosed<'a> {
    pub(crate) fn new(finding: &'a Finding) -> Self {
        let place = finding.subject.place.as_ref();
        Self {
            code: finding.code.as_str(),
            subject: Subject {
                kind: place.map_or("", |place| &place.kind),
                namespace: place.and_then(|place| place.namespace.as_deref()),
                name: place.map_or("", |place| &place.name),
                container: place.and_then(|place| place.container.as_deref()),
                uid: place.and_then(|place| place.uid.as_deref()),
            },
            verdict: finding.verdict.word(),
            grace_seconds: match finding.verdict {
                eve::Verdict::Grace(grace) => Some(grace.as_secs()),
                _ => None,
            },
            owner: finding.owner,
            retry: finding.retry,
            message: &finding.message,
            hint: finding.hint.as_deref(),
            evidence: &finding.evidence,
            since: finding.since.to_string(),
            symptoms: finding.symptoms.iter().map(Self::new).collect(),
            finding,
        }
    }

    /// The finding for people.
    pub(crate) fn text(&self) -> String {
        let mut out = format!("{}[{}]: {}\n", self.verdict, self.code, describe::harmless(self.message));
        if let Some(place) = &self.finding.subject.place {
            let _ = writeln!(out, "  about: {place}");
        }
        let _ = writeln!(out, "  since: {}, {} to mend, retry: {}", self.since, self.owner, self.retry);
        out.push_str(&describe::evidence(self.finding));
        if let Some(hint) = self.hint {
            let _ = writeln!(out, "  hint: {hint}");
        }
        for symptom in &self.symptoms {
            let about = symptom.finding.subject.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
            let _ = writeln!(out, "  so: {}: {}{about}", symptom.code, describe::harmless(symptom.message));
        }
        out
    }
}
