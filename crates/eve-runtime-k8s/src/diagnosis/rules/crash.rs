//! Containers that ended and should not have.

use std::time::Duration;

use eve_core::{Code, Evidence, Finding, codes};
use k8s_openapi::api::core::v1::ContainerStateTerminated;

use super::exits::{self, Ending};
use super::sources;
use super::{last_words, probes, start};
use crate::diagnosis::container::{Container, Role};
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, phase};

/// From that many restarts on it will not get better by itself.
const RESTARTS: u32 = 3;
/// How long a crash may be one that passes, in seconds.
const GRACE: u64 = 30;
/// Who runs that long after a restart has recovered, if they did not live longer before.
const STEADY: Duration = Duration::from_secs(20);
/// The cluster itself forgets crashes after that time.
const FORGOTTEN: Duration = Duration::from_secs(600);

/// Why a container ended that should not have.
pub(super) fn judge(scene: &Scene<'_>, container: &Container<'_>) -> Option<Finding> {
    let ended = container.ended()?;
    if has_recovered(scene, container, ended) {
        return None;
    }
    let ending = Ending::of(scene, container, ended);
    let finding = match ending {
        Ending::Well => completed(scene, container, ended)?,
        Ending::OutOfMemory => out_of_memory(scene, container, ended),
        Ending::NotStarted => {
            let text = ended.message.as_deref().unwrap_or_default();
            let reason = ended.reason.as_deref().unwrap_or_default();
            start::refused(container, reason, text, exits::life(ended).1)
        }
        Ending::NoProgram => no_program(container, ended),
        Ending::ByLiveness | Ending::ByStartup => probes::killed(scene, container, ended, ending),
        Ending::Failed | Ending::Unknown => failed(scene, container, ended, ending),
    };
    let finding = finding
        .with_evidence(Evidence::Exit { exit: exits::exit(ended), restarts: container.restarts() })
        .with_evidence(Evidence::field(container.path("terminated"), words(ended)));
    let finding = with_tail(scene, container, finding);
    let finding = match ending {
        Ending::Failed | Ending::NoProgram => last_words::told(finding, ended),
        _ => finding,
    };
    Some(with_absent_options(scene, container, finding))
}

/// A container that is not started again at once, and nobody knows any more how it ended.
pub(super) fn unexplained(container: &Container<'_>) -> Finding {
    let text = format!("{} ends again and again", container.title());
    report(codes::WORKLOAD_CRASH_LOOP, container.place(), text, container.pod_start())
        .grace(GRACE)
        .with_evidence(Evidence::field(container.path("state.waiting.reason"), "CrashLoopBackOff"))
        .with_hint("its last lines say why")
}

/// Adds the last lines of the life that ended, or of the present one.
pub(super) fn with_tail(scene: &Scene<'_>, container: &Container<'_>, finding: Finding) -> Finding {
    let pod = container.pod.metadata.name.as_deref().unwrap_or_default();
    let tails = scene.view.log_tails.iter().filter(|tail| tail.pod == pod && tail.container == container.name());
    match tails.max_by_key(|tail| (!tail.lines.is_empty(), tail.previous)) {
        Some(tail) if !tail.lines.is_empty() => {
            let source = format!("{pod}/{}", container.name());
            finding.with_evidence(Evidence::LogTail { source, lines: tail.lines.clone() })
        }
        _ => finding,
    }
}

/// True if the container runs again, and for longer than it takes to end as it did before.
fn has_recovered(scene: &Scene<'_>, container: &Container<'_>, ended: &ContainerStateTerminated) -> bool {
    let Some(running) = container.running() else { return false };
    let up = scene.since(instant(running.started_at.as_ref()));
    let (life, _) = exits::life(ended);
    let enough = (life * 2).max(STEADY * container.restarts().max(1));
    up > enough.min(FORGOTTEN)
}

fn completed(scene: &Scene<'_>, container: &Container<'_>, ended: &ContainerStateTerminated) -> Option<Finding> {
    if !container.restarts_always() {
        return None;
    }
    let text = format!("{} ends by itself with exit code 0, and is to go on", container.title());
    let finding = report(codes::WORKLOAD_COMPLETED, container.place(), text, exits::life(ended).1);
    let finding = finding.with_hint("let its command go on, in the foreground, or run it as a Job");
    Some(by_count(scene, container, finding))
}

fn out_of_memory(scene: &Scene<'_>, container: &Container<'_>, ended: &ContainerStateTerminated) -> Finding {
    let limit = container.limit("memory");
    let text = match limit {
        Some(limit) => format!("{} used more memory than its limit of {limit} and was killed", container.title()),
        None => format!("{} was killed, since the node had no memory left", container.title()),
    };
    let finding = report(codes::WORKLOAD_OOM_KILLED, container.place(), text, exits::life(ended).1)
        .with_hint("raise its limit of memory, or let it use less");
    let finding = match limit {
        Some(limit) => finding.with_evidence(Evidence::field("resources.limits.memory", limit)),
        None => finding.of_platform(),
    };
    by_count(scene, container, finding)
}

fn no_program(container: &Container<'_>, ended: &ContainerStateTerminated) -> Finding {
    let text = format!("{} cannot do its work, {}", container.title(), exits::means(ended));
    report(codes::WORKLOAD_CANNOT_START, container.place(), text, exits::life(ended).1)
        .with_hint("check the command: its programs are looked for inside the image")
}

/// The code says what the end means where it happened.
fn failed(scene: &Scene<'_>, container: &Container<'_>, ended: &ContainerStateTerminated, ending: Ending) -> Finding {
    let how = if ending == Ending::Unknown { "nobody saw how".to_owned() } else { exits::means(ended) };
    let restarts = container.restarts();
    let (code, what): (Code, _) = match container.role {
        Role::Init => (codes::WORKLOAD_INIT_FAILED, "failed, and nothing after it starts"),
        _ if scene.job_of(container.pod).is_some() => (codes::ATTEMPT_FAILED, "failed"),
        _ if restarts > 0 => (codes::WORKLOAD_CRASH_LOOP, "ends again and again"),
        _ => (codes::WORKLOAD_CRASHED, "ended"),
    };
    let again = if restarts > 0 { format!(", {restarts} restarts so far") } else { String::new() };
    let text = format!("{} {what} ({how}{again})", container.title());
    let finding = report(code.clone(), container.place(), text, exits::life(ended).1).with_hint(hint(ended));
    if ending == Ending::Unknown {
        return finding.free().grace(GRACE);
    }
    if code == codes::ATTEMPT_FAILED {
        // Another try may do better, and whether there is one is the job's to say.
        let retried = finding.with_owner(eve_core::FaultOwner::User, eve_core::RetryClass::BackOff);
        return if super::jobs::has_failed(scene, container.pod) { retried } else { retried.wait() };
    }
    by_count(scene, container, finding)
}

fn hint(ended: &ContainerStateTerminated) -> &'static str {
    match ended.exit_code {
        137 => "look for who killed it: a child that used too much memory, the node, or a probe",
        139 | 134 | 132 | 135 | 136 => "it is a fault of the program, or it was built for another processor",
        143 | 130 => "somebody asked it to end; let it go on, or look for who did",
        _ => "its last lines say why",
    }
}

/// A first crash may pass; several will not, and who is not started again has ended for good.
fn by_count(scene: &Scene<'_>, container: &Container<'_>, finding: Finding) -> Finding {
    // Whether there is another try is the job's to say.
    if scene.job_of(container.pod).is_some() && !super::jobs::has_failed(scene, container.pod) {
        return finding.grace(GRACE);
    }
    let over = container.restarts_never() || phase(container.pod) == "Failed";
    if over || container.restarts() >= RESTARTS { finding } else { finding.grace(GRACE) }
}

fn words(ended: &ContainerStateTerminated) -> String {
    let reason = ended.reason.as_deref().unwrap_or_default();
    let message = ended.message.as_deref().unwrap_or_default();
    format!("{reason} {} {message}", exits::means(ended)).trim().to_owned()
}

/// Optional sources that are absent give no sign of their own: only the program misses them.
fn with_absent_options(scene: &Scene<'_>, container: &Container<'_>, finding: Finding) -> Finding {
    let guessed = [
        codes::WORKLOAD_CRASH_LOOP,
        codes::WORKLOAD_CRASHED,
        codes::WORKLOAD_INIT_FAILED,
        codes::ATTEMPT_FAILED,
        codes::WORKLOAD_COMPLETED,
    ];
    // A shell that misses a variable may end with 127, too.
    let by_shell = finding.code == codes::WORKLOAD_CANNOT_START && finding.exit() == Some(eve_core::Exit::Code(127));
    let is_guess = by_shell || guessed.contains(&finding.code);
    let Some(spec) = container.spec.filter(|_| is_guess) else { return finding };
    let mut wanted = sources::of_container(spec);
    wanted.extend(sources::of_volumes(container.pod));
    wanted.extend(sources::of_sub_paths(container.pod, spec));
    let absent = wanted.iter().filter(|source| source.optional).filter_map(|source| source.lacking(scene));
    let mut titles: Vec<_> = absent.map(|source| source.title()).collect();
    titles.dedup();
    if titles.is_empty() {
        return finding;
    }
    let names = titles.join(", ");
    let mut finding = titles
        .iter()
        .fold(finding, |finding, title| finding.with_evidence(Evidence::field("optional and absent", title.clone())));
    finding.message =
        format!("{}; it takes settings from {names}, optional and absent, a likely cause", finding.message);
    finding
        .with_hint(format!("make {names}, if the program needs it: as it is optional, the cluster starts without it"))
}
