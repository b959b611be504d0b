//! What is wrong with an instance. Pure.

use std::time::Duration;

use eve_core::{Evidence, Exit, FaultOwner, Finding, Object, RetryClass, Subject, Verdict, codes};

use crate::processes::{ChildState, ChildStatus};

/// How long a first crash may last before it ends a wait.
const FIRST_CRASH: Duration = Duration::from_secs(2);
/// How long a crash of what was ready may last.
const LATER_CRASH: Duration = Duration::from_secs(10);

/// The conditions of one instance.
pub(super) fn findings(object: &Object, status: &ChildStatus) -> Vec<Finding> {
    let found = cannot_start(object, status).or_else(|| crashed(object, status)).or_else(|| unhealthy(object, status));
    found.into_iter().collect()
}

fn cannot_start(object: &Object, status: &ChildStatus) -> Option<Finding> {
    let ChildState::CannotStart { why } = &status.state else { return None };
    let name = &object.id.name;
    let finding = Finding::new(
        codes::WORKLOAD_CANNOT_START,
        Subject::object(object),
        format!("{name} cannot be started: {why}"),
        status.started,
    );
    Some(
        finding
            .with_owner(FaultOwner::User, RetryClass::AfterChange)
            .with_evidence(Evidence::Field { path: "command".to_owned(), value: why.clone() })
            .with_hint("check the command; programs are searched in the runtime's own search path"),
    )
}

fn crashed(object: &Object, status: &ChildStatus) -> Option<Finding> {
    let ending = status.ending.as_ref()?;
    let over = status.state.is_final();
    let verdict = match (over, status.was_ready, ending.restarts) {
        (true, _, _) | (false, false, 1..) => Verdict::Terminal,
        (false, false, 0) => Verdict::Grace(FIRST_CRASH),
        (false, true, _) => Verdict::Grace(LATER_CRASH),
    };
    let when = if status.was_ready { "after it was ready" } else { "before it was ready" };
    let text = format!("{} ended {when}, {}", object.id.name, manner(ending.exit));
    let evidence = Evidence::Exit { exit: ending.exit, restarts: ending.restarts };
    let finding = Finding::new(codes::WORKLOAD_CRASHED, Subject::object(object), text, ending.since)
        .with_verdict(verdict)
        .with_evidence(evidence)
        .with_evidence(tail(status));
    Some(finding.with_hint("its last lines say why"))
}

fn unhealthy(object: &Object, status: &ChildStatus) -> Option<Finding> {
    let since = status.unhealthy_since?;
    let answer = status.answer.clone().unwrap_or_default();
    let text = format!("{} fails its health check", object.id.name);
    Some(
        Finding::new(codes::WORKLOAD_UNHEALTHY, Subject::object(object), text, since)
            // How long a start may take is the service's to say: the wait has a deadline of its own.
            .with_verdict(Verdict::Wait)
            .with_evidence(Evidence::Probe { answer })
            .with_evidence(tail(status)),
    )
}

fn tail(status: &ChildStatus) -> Evidence {
    Evidence::LogTail { source: status.source.to_string(), lines: status.lines.clone() }
}

fn manner(exit: Exit) -> String {
    match exit {
        Exit::Lost => "and nobody saw how".to_owned(),
        exit => format!("with {exit}"),
    }
}
