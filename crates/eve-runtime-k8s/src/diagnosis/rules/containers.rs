//! Containers, each judged by its state: one cause a container.

use eve_core::{Evidence, Finding, codes};
use k8s_openapi::api::core::v1::Pod;

use super::{config, crash, images, probes, start};
use crate::diagnosis::container::{Container, Role};
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::Scene;

/// How long an init container may run before it counts as hanging, in seconds.
const INIT_GRACE: u64 = 30;

/// What is wrong with the containers of a pod.
pub(super) fn judge(scene: &Scene<'_>, pod: &Pod) -> Vec<Finding> {
    Container::all(pod).iter().filter_map(|container| of(scene, container)).collect()
}

fn of(scene: &Scene<'_>, container: &Container<'_>) -> Option<Finding> {
    let found = match container.waiting() {
        Some(waiting) => by_reason(scene, container, waiting.reason.as_deref().unwrap_or_default()),
        None => crash::judge(scene, container)
            .or_else(|| probes::judge(scene, container))
            .or_else(|| hanging(scene, container)),
    };
    // Whoever looks at a pod breaks nothing by it.
    found.map(|finding| if container.role == Role::Ephemeral { finding.wait() } else { finding })
}

fn by_reason(scene: &Scene<'_>, container: &Container<'_>, reason: &str) -> Option<Finding> {
    match reason {
        // Others have not got to it yet, or something of the pod as a whole is in its way.
        "" | "ContainerCreating" | "PodInitializing" => crash::judge(scene, container),
        "CrashLoopBackOff" => crash::judge(scene, container).or_else(|| Some(crash::unexplained(container))),
        "CreateContainerConfigError" => Some(config::judge(scene, container)),
        "CreateContainerError"
        | "RunContainerError"
        | "PreCreateHookError"
        | "PreStartHookError"
        | "PostStartHookError"
        | "ContainerCannotRun"
        | "StartError" => Some(start::judge(scene, container)),
        _ if images::is_of_images(reason) => Some(images::judge(scene, container)),
        _ => other(container, reason),
    }
}

/// A reason that nobody has told us about is not dropped.
fn other(container: &Container<'_>, reason: &str) -> Option<Finding> {
    let waiting = container.waiting()?;
    let message = waiting.message.as_deref().unwrap_or_default();
    let text = format!("{} waits: {reason} {message}", container.title());
    let finding = report(codes::OTHER, container.place(), text.trim_end(), container.pod_start());
    Some(
        finding
            .of_platform()
            .grace(60)
            .with_evidence(Evidence::field(container.path("state.waiting.reason"), reason))
            .with_evidence(Evidence::field(container.path("state.waiting.message"), message))
            .with_hint(
                "the reason is the cluster's own; look for it in the documentation of what runs containers there",
            ),
    )
}

/// An init container that does not end holds everything after it up.
fn hanging(scene: &Scene<'_>, container: &Container<'_>) -> Option<Finding> {
    let running = container.running().filter(|_| container.role == Role::Init)?;
    let since = crate::diagnosis::instant::instant(running.started_at.as_ref());
    let lasted = scene.since(since).as_secs();
    if lasted < INIT_GRACE {
        return None;
    }
    let text = format!("{} runs for {lasted} s and does not end; nothing after it starts", container.title());
    let finding = report(codes::WORKLOAD_INIT_HANGING, container.place(), text, since);
    let finding = finding
        .grace(INIT_GRACE)
        .with_evidence(Evidence::field(container.path("state.running.startedAt"), since.to_string()))
        .with_hint("look at what it waits for: its last lines, and the service or file that its command asks for");
    Some(crash::with_tail(scene, container, finding))
}
