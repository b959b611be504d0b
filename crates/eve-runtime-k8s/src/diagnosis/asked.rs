//! What somebody expects to be there.

use serde::{Deserialize, Serialize};

/// An object that somebody expects to be in the namespace: its absence is a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Asked {
    /// The cluster's word for what it is (`Service`, `Deployment`).
    pub kind: String,
    /// Its name.
    pub name: String,
}

impl Asked {
    /// The kinds that can be asked for, each with its short names.
    const KINDS: &[(&str, &[&str])] = &[
        ("Service", &["service", "services", "svc"]),
        ("Deployment", &["deployment", "deployments", "deploy"]),
        ("StatefulSet", &["statefulset", "statefulsets", "sts"]),
        ("DaemonSet", &["daemonset", "daemonsets", "ds"]),
        ("Job", &["job", "jobs"]),
        ("CronJob", &["cronjob", "cronjobs", "cj"]),
        ("Pod", &["pod", "pods", "po"]),
        ("Ingress", &["ingress", "ingresses", "ing"]),
    ];

    /// Reads `KIND/NAME`; none if it is not that, or of a kind that is not looked at.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once('/').filter(|(_, name)| !name.is_empty())?;
        let kind = kind.to_lowercase();
        let (kind, _) = Self::KINDS.iter().find(|(_, names)| names.contains(&kind.as_str()))?;
        Some(Self { kind: (*kind).to_owned(), name: name.to_owned() })
    }
}
