//! What is wrong with a container. Pure.

use std::time::Duration;

use eve_core::{Evidence, Exit, FaultOwner, Finding, Object, RetryClass, Subject, Timestamp, Verdict, codes};

use super::sight::{Detail, EngineHealth, Phase, Sight};
use crate::probing::Standing;

/// How long a first crash may last before it ends a wait.
const FIRST_CRASH: Duration = Duration::from_secs(2);
/// How long a crash of what was ready may last.
const LATER_CRASH: Duration = Duration::from_secs(10);
/// Who ran that long was ready, as far as somebody can tell who was not there.
const STEADY: Duration = Duration::from_secs(10);

/// The conditions of one container.
pub(super) fn findings(object: &Object, sight: &Sight, standing: &Standing) -> Vec<Finding> {
    let ended = sight.detail.as_ref().and_then(|detail| crashed(object, sight, detail, standing));
    let found = ended.or_else(|| paused(object, sight)).or_else(|| unhealthy(object, sight, standing));
    found.into_iter().collect()
}

fn crashed(object: &Object, sight: &Sight, detail: &Detail, standing: &Standing) -> Option<Finding> {
    if sight.phase == Phase::Unstarted || (sight.phase == Phase::Running && standing.ready) {
        return None;
    }
    let exit = detail.exit?;
    let since = detail.finished.unwrap_or_default();
    let was_ready = standing.was_ready || detail.ran >= STEADY;
    let verdict = match (sight.phase, was_ready, detail.restarts) {
        (Phase::Ended, _, _) | (_, false, 1..) => Verdict::Terminal,
        (_, false, 0) => Verdict::Grace(FIRST_CRASH),
        (_, true, _) => Verdict::Grace(LATER_CRASH),
    };
    let name = &object.id.name;
    let evidence = Evidence::Exit { exit, restarts: detail.restarts };
    let finding = if !detail.error.is_empty() {
        Finding::new(
            codes::WORKLOAD_CANNOT_START,
            Subject::object(object),
            format!("{name} cannot be started: {}", detail.error),
            since,
        )
        .with_owner(FaultOwner::User, RetryClass::AfterChange)
        .with_hint("check the command: it is looked for inside the image")
    } else if detail.out_of_memory {
        Finding::new(
            codes::WORKLOAD_OOM_KILLED,
            Subject::object(object),
            format!("{name} used more memory than it may"),
            since,
        )
        .with_hint("raise its limit of memory, or let it use less")
    } else {
        let when = if was_ready { "after it was ready" } else { "before it was ready" };
        Finding::new(
            codes::WORKLOAD_CRASHED,
            Subject::object(object),
            format!("{name} ended {when}, {}", manner(exit)),
            since,
        )
        .with_hint("its last lines say why")
    };
    let finding = finding.with_verdict(verdict).with_evidence(evidence);
    Some(if detail.lines.is_empty() { finding } else { finding.with_evidence(tail(sight, detail)) })
}

fn paused(object: &Object, sight: &Sight) -> Option<Finding> {
    if sight.phase != Phase::Paused {
        return None;
    }
    let text = format!("somebody has paused {}", object.id.name);
    let finding = Finding::new(codes::WORKLOAD_NOT_READY, Subject::object(object), text, Timestamp::default());
    Some(finding.with_verdict(Verdict::Wait).with_hint("unpause it, or deploy something else"))
}

fn unhealthy(object: &Object, sight: &Sight, standing: &Standing) -> Option<Finding> {
    let by_engine = sight.health == Some(EngineHealth::Unhealthy);
    if !by_engine && standing.unhealthy_since.is_none() {
        return None;
    }
    let engine_answer = sight.detail.as_ref().and_then(|detail| detail.answer.clone());
    let answer = standing.answer.clone().or(engine_answer).unwrap_or_default();
    let text = format!("{} fails its health check", object.id.name);
    let since = standing.unhealthy_since.unwrap_or_default();
    let finding = Finding::new(codes::WORKLOAD_UNHEALTHY, Subject::object(object), text, since)
        // How long a start may take is the service's to say: the wait has a deadline of its own.
        .with_verdict(Verdict::Wait)
        .with_evidence(Evidence::Probe { answer });
    Some(finding)
}

fn tail(sight: &Sight, detail: &Detail) -> Evidence {
    Evidence::LogTail { source: crate::logs::source(sight).to_string(), lines: detail.lines.clone() }
}

fn manner(exit: Exit) -> String {
    match exit {
        Exit::Lost => "and nobody saw how".to_owned(),
        exit => format!("with {exit}"),
    }
}
