//! Pods that run and wait for a condition that somebody else is to set.

use std::time::Duration;

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::core::v1::Pod;

use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, condition, name, place};

/// How long a readiness gate may be closed.
const GRACE: Duration = Duration::from_secs(30);

/// The readiness gate that keeps a pod from being ready whose containers are.
pub(super) fn judge(scene: &Scene<'_>, pod: &Pod) -> Option<Finding> {
    let ready = condition(pod, "ContainersReady").filter(|ready| ready.status == "True")?;
    let since = instant(ready.last_transition_time.as_ref());
    let gates = pod.spec.as_ref()?.readiness_gates.as_ref()?;
    let closed = gates
        .iter()
        .find(|gate| condition(pod, &gate.condition_type).is_none_or(|condition| condition.status != "True"))?;
    if scene.since(since) < GRACE {
        return None;
    }
    let gate = &closed.condition_type;
    let text =
        format!("the containers of pod {} are ready, and its readiness gate {gate} is closed", name(&pod.metadata));
    let says = condition(pod, gate).map_or("the condition was never set".to_owned(), |condition| {
        format!("{} {}", condition.status, condition.message.as_deref().unwrap_or_default())
    });
    Some(
        report(codes::WORKLOAD_READINESS_GATE, place(pod), text, since)
            .for_platform_to_change()
            .grace(GRACE.as_secs())
            .with_evidence(Evidence::field(format!("status.conditions[{gate}]"), says.trim()))
            .with_hint("look for the controller that is to set this condition, or remove the gate"),
    )
}
