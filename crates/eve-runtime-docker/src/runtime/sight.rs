//! What was seen of one container. Pure.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{
    ContainerInspectResponse, ContainerState, ContainerStateStatusEnum, ContainerSummary, ContainerSummaryStateEnum,
    EndpointSettings, HealthStatusEnum,
};
use eve_core::{EnvironmentId, Exit, Timestamp};

use super::care::Care;
use super::plan::CONTAINER;
use crate::clock;
use crate::config::Owner;
use crate::labels::Labels;

/// What was seen of one container of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) id: String,
    /// Its name on the engine.
    pub(crate) name: String,
    pub(crate) labels: Labels,
    pub(crate) care: Care,
    pub(crate) phase: Phase,
    /// What the engine's own health check says; none if it has none.
    pub(crate) health: Option<EngineHealth>,
    /// How long it has run at least, where that is told to the second.
    pub(crate) up: Option<Duration>,
    /// False for one that runs and was taken out of its network.
    pub(crate) attached: bool,
    /// What only a closer look tells.
    pub(crate) detail: Option<Detail>,
}

/// How far a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It was made and never started.
    Unstarted,
    Running,
    Paused,
    /// It ended, and the engine starts it again.
    Restarting,
    Ended,
    Removing,
}

/// What the engine's own health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineHealth {
    Starting,
    Healthy,
    Unhealthy,
}

/// What only a closer look tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detail {
    /// How it ended the last time; none while it has not ended yet or runs again.
    pub(crate) exit: Option<Exit>,
    pub(crate) restarts: u32,
    pub(crate) out_of_memory: bool,
    /// The engine's own words on why it did not start.
    pub(crate) error: String,
    pub(crate) finished: Option<Timestamp>,
    /// How long it ran the last time.
    pub(crate) ran: Duration,
    /// The last answer of the engine's own health check.
    pub(crate) answer: Option<String>,
    /// The command of the engine's own health check.
    pub(crate) test: Vec<String>,
    /// Its last lines, where they were asked for.
    pub(crate) lines: Vec<String>,
}

impl Sight {
    /// From a list; none if it is a stranger's or this version cannot read what is written on it.
    pub(crate) fn of_summary(owner: &Owner, environment: &EnvironmentId, seen: &ContainerSummary) -> Option<Self> {
        let labels = Labels::read(owner, environment, CONTAINER, seen.labels.as_ref())?;
        let status = seen.status.as_deref().unwrap_or_default();
        let mut sight = Self {
            id: seen.id.clone()?,
            name: name(seen.names.as_ref()?.first()?),
            care: Care::read(labels.care.as_deref()?)?,
            labels,
            phase: match seen.state {
                Some(ContainerSummaryStateEnum::CREATED) => Phase::Unstarted,
                Some(ContainerSummaryStateEnum::RUNNING | ContainerSummaryStateEnum::STOPPING) => Phase::Running,
                Some(ContainerSummaryStateEnum::PAUSED) => Phase::Paused,
                Some(ContainerSummaryStateEnum::RESTARTING) => Phase::Restarting,
                Some(ContainerSummaryStateEnum::REMOVING) => Phase::Removing,
                _ => Phase::Ended,
            },
            health: EngineHealth::of_status(status),
            up: uptime(status),
            attached: true,
            detail: None,
        };
        let networks = seen.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
        sight.attached = sight.is_attached(networks);
        Some(sight)
    }

    /// From a closer look; none if it is a stranger's.
    pub(crate) fn of_inspect(
        owner: &Owner,
        environment: &EnvironmentId,
        seen: &ContainerInspectResponse,
    ) -> Option<Self> {
        let config = seen.config.as_ref()?;
        let labels = Labels::read(owner, environment, CONTAINER, config.labels.as_ref())?;
        let state = seen.state.clone().unwrap_or_default();
        let mut sight = Self {
            id: seen.id.clone()?,
            name: name(seen.name.as_ref()?),
            care: Care::read(labels.care.as_deref()?)?,
            labels,
            phase: match state.status {
                Some(ContainerStateStatusEnum::CREATED) => Phase::Unstarted,
                Some(ContainerStateStatusEnum::RUNNING) => Phase::Running,
                Some(ContainerStateStatusEnum::PAUSED) => Phase::Paused,
                Some(ContainerStateStatusEnum::RESTARTING) => Phase::Restarting,
                Some(ContainerStateStatusEnum::REMOVING) => Phase::Removing,
                _ => Phase::Ended,
            },
            health: EngineHealth::of_state(&state),
            up: state.started_at.as_deref().and_then(clock::timestamp).map(|started| clock::now().since(started)),
            attached: true,
            detail: Some(Detail::of(seen, &state)),
        };
        let networks = seen.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
        sight.attached = sight.is_attached(networks);
        Some(sight)
    }

    /// True unless it runs and has its address nowhere.
    fn is_attached(&self, networks: Option<&HashMap<String, EndpointSettings>>) -> bool {
        let own = self.care.address.to_string();
        let mut all = networks.into_iter().flat_map(HashMap::values);
        self.phase != Phase::Running || all.any(|endpoint| endpoint.ip_address.as_ref() == Some(&own))
    }

    /// True if only a closer look tells how it is.
    pub(crate) fn wants_a_closer_look(&self) -> bool {
        self.detail.is_none()
            && (matches!(self.phase, Phase::Ended | Phase::Restarting) || self.health == Some(EngineHealth::Unhealthy))
    }
}

impl EngineHealth {
    /// From the text that a list has: newer engines also have a field, all of them have this.
    fn of_status(status: &str) -> Option<Self> {
        if status.contains("(healthy)") {
            Some(Self::Healthy)
        } else if status.contains("(unhealthy)") {
            Some(Self::Unhealthy)
        } else {
            status.contains("(health: starting)").then_some(Self::Starting)
        }
    }

    fn of_state(state: &ContainerState) -> Option<Self> {
        match state.health.as_ref()?.status? {
            HealthStatusEnum::STARTING => Some(Self::Starting),
            HealthStatusEnum::HEALTHY => Some(Self::Healthy),
            HealthStatusEnum::UNHEALTHY => Some(Self::Unhealthy),
            _ => None,
        }
    }
}

impl Detail {
    fn of(seen: &ContainerInspectResponse, state: &ContainerState) -> Self {
        let at = |text: &Option<String>| text.as_deref().and_then(clock::timestamp);
        let (started, finished) = (at(&state.started_at), at(&state.finished_at));
        let code = state.exit_code.and_then(|code| i32::try_from(code).ok());
        let over = state.running != Some(true) || state.restarting == Some(true);
        let last = state.health.as_ref().and_then(|health| health.log.as_ref()?.last());
        let answer = last.map(|last| {
            let code = last.exit_code.unwrap_or_default();
            format!("exit code {code}: {}", last.output.as_deref().unwrap_or_default().trim_end())
        });
        let test = seen.config.as_ref().and_then(|config| config.healthcheck.as_ref()?.test.clone());
        Self {
            exit: (over && finished.is_some()).then(|| code.map_or(Exit::Lost, Exit::Code)),
            restarts: seen.restart_count.and_then(|count| u32::try_from(count).ok()).unwrap_or_default(),
            out_of_memory: state.oom_killed == Some(true),
            error: state.error.clone().unwrap_or_default(),
            finished,
            ran: match (started, finished) {
                (Some(started), Some(finished)) => finished.since(started),
                _ => Duration::ZERO,
            },
            answer,
            test: test.unwrap_or_default(),
            lines: Vec::new(),
        }
    }
}

/// How a container ended, if it has and is not started again.
pub(crate) fn exit_of(seen: &ContainerInspectResponse) -> Option<Exit> {
    let state = seen.state.as_ref()?;
    let over = matches!(state.status, Some(ContainerStateStatusEnum::EXITED | ContainerStateStatusEnum::DEAD));
    let code = state.exit_code.and_then(|code| i32::try_from(code).ok());
    over.then(|| code.map_or(Exit::Lost, Exit::Code))
}

/// How long a container has run at least, by the text that a list has.
fn uptime(status: &str) -> Option<Duration> {
    let words: Vec<&str> = status.strip_prefix("Up ")?.split(' ').collect();
    let seconds = match *words.as_slice() {
        ["Less", ..] => 0,
        ["1", "second", ..] => 1,
        ["About", "a", "minute", ..] => 60,
        ["About", "an", "hour", ..] => 3600,
        [count, unit, ..] => {
            let unit = match unit {
                "seconds" => 1,
                "minutes" => 60,
                "hours" => 3600,
                "days" => 86_400,
                "weeks" => 7 * 86_400,
                "months" => 30 * 86_400,
                "years" => 365 * 86_400,
                _ => return None,
            };
            count.parse::<u64>().ok()? * unit
        }
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

/// A name as it is chosen: the engine writes a slash before it.
fn name(text: &str) -> String {
    text.strip_prefix('/').unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_has_run_is_never_told_as_longer() {
        for (status, seconds) in [
            ("Up Less than a second", Some(0)),
            ("Up 1 second", Some(1)),
            ("Up 59 seconds (health: starting)", Some(59)),
            ("Up About a minute", Some(60)),
            ("Up 3 minutes (healthy)", Some(180)),
            ("Up About an hour", Some(3600)),
            ("Up 2 weeks (Paused)", Some(1_209_600)),
            ("Exited (0) 3 seconds ago", None),
            ("", None),
        ] {
            assert_eq!(uptime(status), seconds.map(Duration::from_secs), "{status}");
        }
    }
}
