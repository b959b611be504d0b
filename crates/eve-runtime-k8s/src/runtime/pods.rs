//! Pods, as far as readiness needs them.

use eve_core::{Exit, Timestamp};
use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus, Pod};

use super::look::Look;
use crate::labels;

/// The pods of an object.
pub(crate) fn of_object<'a>(look: &'a Look, object: &str) -> Vec<&'a Pod> {
    look.pods().filter(|pod| labels::text(pod.metadata.labels.as_ref(), labels::OBJECT) == Some(object)).collect()
}

/// True if somebody asked for its end.
pub(crate) fn is_ending(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

/// True if it can do its work.
pub(crate) fn is_ready(pod: &Pod) -> bool {
    !is_ending(pod) && condition(pod, "Ready")
}

/// True if it is not ready any more, but was: it stopped being so after its program had started.
pub(crate) fn was_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let ready = conditions.into_iter().find(|one| one.type_ == "Ready");
    let since = ready.filter(|one| one.status != "True").and_then(|one| one.last_transition_time.as_ref());
    let started = container(pod).and_then(|status| {
        let last = status.last_state.as_ref().and_then(|state| state.terminated.as_ref()?.started_at.as_ref());
        last.or_else(|| status.state.as_ref()?.running.as_ref()?.started_at.as_ref())
    });
    since.zip(started).is_some_and(|(since, started)| since.0 > started.0)
}

/// What it was made from.
pub(crate) fn revision(pod: &Pod) -> Option<&str> {
    labels::text(pod.metadata.labels.as_ref(), labels::REVISION)
}

fn condition(pod: &Pod, kind: &str) -> bool {
    let all = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    all.into_iter().any(|one| one.type_ == kind && one.status == "True")
}

/// True if it has come to its end, and is not started again.
pub(crate) fn has_ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// How its container is.
pub(crate) fn container(pod: &Pod) -> Option<&ContainerStatus> {
    pod.status.as_ref()?.container_statuses.as_ref()?.iter().find(|one| one.name == "main")
}

/// How its container ended the last time.
pub(crate) fn last_end(pod: &Pod) -> Option<&ContainerStateTerminated> {
    let status = container(pod)?;
    let now = status.state.as_ref().and_then(|state| state.terminated.as_ref());
    now.or_else(|| status.last_state.as_ref().and_then(|state| state.terminated.as_ref()))
}

/// The exit that a container's end tells of.
pub(crate) fn exit(end: &ContainerStateTerminated) -> Exit {
    if end.reason.as_deref() == Some("ContainerStatusUnknown") {
        return Exit::Lost;
    }
    match end.signal {
        Some(signal) if signal > 0 => Exit::Signal(signal),
        _ => Exit::Code(end.exit_code),
    }
}

/// When a container ended.
pub(crate) fn ended_at(end: &ContainerStateTerminated) -> Timestamp {
    end.finished_at.as_ref().map_or_else(Timestamp::default, |time| instant(&time.0))
}

/// An instant, as Eve counts it.
pub(crate) fn instant(time: &k8s_openapi::jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(u64::try_from(time.as_millisecond()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(ready: &str, since: &str, started: &str) -> Pod {
        serde_json::from_value(json!({ "status": {
            "conditions": [{ "type": "Ready", "status": ready, "lastTransitionTime": since }],
            "containerStatuses": [{ "name": "main", "image": "a", "imageID": "a", "ready": false, "restartCount": 0,
                "state": { "running": { "startedAt": started } } }],
        } }))
        .unwrap()
    }

    #[test]
    fn a_pod_was_ready_that_stopped_being_so_after_its_program_started() {
        let (before, start, after) = ("2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z", "2026-01-01T00:00:05Z");
        assert!(was_ready(&pod("False", after, start)));
        assert!(!was_ready(&pod("False", before, start)), "it is on its way");
        assert!(!was_ready(&pod("True", after, start)), "it is ready");
    }
}
