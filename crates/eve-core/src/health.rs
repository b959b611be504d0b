//! The health of an environment.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Finding, ObjectState, Observed, ReleaseId, RunId, ServiceName};

/// How an environment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HealthStatus {
    /// Everything that is wanted is ready, and no run is active.
    Ready,
    /// A run is active.
    Deploying,
    /// Something that is wanted is not ready.
    Degraded,
    /// It cannot be told.
    Unknown,
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready => "ready",
            Self::Deploying => "deploying",
            Self::Degraded => "degraded",
            Self::Unknown => "unknown",
        })
    }
}

/// The health of an environment, with what it was told from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Health {
    /// How it is.
    pub status: HealthStatus,
    /// True if everything that is wanted is ready, whatever runs.
    pub ready: bool,
    /// The release that it is at.
    pub release: Option<ReleaseId>,
    /// The run that is active.
    pub active_run: Option<RunId>,
    /// Each service.
    pub services: BTreeMap<ServiceName, ServiceHealth>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// The health of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServiceHealth {
    /// How many instances are wanted.
    pub wanted: u32,
    /// How many are ready.
    pub ready: u32,
}

/// Folds an environment's health.
///
/// `wanted` says how many instances of each service the current release wants; `seen` is none if
/// the backend could not be asked. A deploy is complete when the status is
/// [`HealthStatus::Ready`]: an active run makes that impossible.
pub fn health(
    release: Option<ReleaseId>,
    wanted: &BTreeMap<ServiceName, u32>,
    active_run: Option<RunId>,
    seen: Option<&Observed>,
) -> Health {
    let mut services: BTreeMap<_, _> =
        wanted.iter().map(|(name, n)| (name.clone(), ServiceHealth { wanted: *n, ready: 0 })).collect();
    let objects = seen.map(Observed::ours).into_iter().flatten();
    for object in objects.filter(|object| object.state == ObjectState::Ready) {
        if let Some(service) = object.service.as_ref().and_then(|name| services.get_mut(name)) {
            service.ready += 1;
        }
    }
    let ready = seen.is_some() && release.is_some() && services.values().all(|s| s.ready >= s.wanted);
    let status = match (seen, &active_run) {
        (None, _) => HealthStatus::Unknown,
        (Some(_), Some(_)) => HealthStatus::Deploying,
        (Some(_), None) if release.is_none() => HealthStatus::Unknown,
        (Some(_), None) if ready => HealthStatus::Ready,
        (Some(_), None) => HealthStatus::Degraded,
    };
    let findings = seen.map(|seen| seen.findings.clone()).unwrap_or_default();
    Health { status, ready, release, active_run, services, findings }
}
