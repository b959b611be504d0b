//! What is found when services end by themselves.

use eve_core::desired::{HealthCheck, Port, Probe, Restart};
use eve_core::{Evidence, Exit, ObjectState, Op, Runtime as _, Verdict, codes};

use crate::place::{Place, program, service};

fn restarts(finding: &eve_core::Finding) -> Option<u32> {
    finding.evidence.iter().find_map(|evidence| match evidence {
        Evidence::Exit { restarts, .. } => Some(*restarts),
        _ => None,
    })
}

#[tokio::test]
async fn a_second_crash_before_readiness_is_final_and_says_why() {
    let place = Place::open().await;
    let object = place.start(program(&["ls", "no-such-file"])).await;
    let finding = place.finding(|found| found.verdict == Verdict::Terminal).await;
    assert_eq!(finding.code, codes::WORKLOAD_CRASHED);
    assert_eq!(finding.exit(), Some(Exit::Code(2)));
    assert!(restarts(&finding) >= Some(1));
    assert_eq!(finding.subject.instance, Some(object.instance()));
    assert_eq!(finding.subject.hash, object.hash);
    assert!(finding.subject.version >= object.version);
    let tail = finding.evidence.iter().find_map(|evidence| match evidence {
        Evidence::LogTail { lines, .. } => Some(lines.join("\n")),
        _ => None,
    });
    assert!(tail.unwrap().contains("no-such-file"));
}

#[tokio::test]
async fn a_crash_after_readiness_is_forgiven_once_it_is_ready_again() {
    let place = Place::open().await;
    let mut web = service(&["serve-then-crash", "1500"]);
    web.ports.push(Port::tcp(80));
    place.start(web).await;
    let before = Place::only(&place.ready().await);
    let finding = place.finding(|found| found.code == codes::WORKLOAD_CRASHED).await;
    assert!(matches!(finding.verdict, Verdict::Grace(_)));
    assert_eq!(finding.exit(), Some(Exit::Code(70)));
    let seen = place.until("readiness", |seen| seen.findings.is_empty() && seen.objects[0].state.is_ready()).await;
    let after = Place::only(&seen);
    assert_eq!((after.incarnation, after.addresses), (before.incarnation, before.addresses));
}

#[tokio::test]
async fn a_missing_program_is_final() {
    let place = Place::open().await;
    place.start(program(&["no-such-program"])).await;
    let finding = place.finding(|found| found.code == codes::WORKLOAD_CANNOT_START).await;
    assert_eq!(finding.verdict, Verdict::Terminal);
    assert_eq!(place.observe().await.objects[0].state, ObjectState::Ended { exit: Exit::Lost });
}

#[tokio::test]
async fn what_is_not_started_again_is_final_at_once() {
    let place = Place::open().await;
    let mut once = service(&["exit", "7"]);
    once.restart = Restart::Never;
    place.start(once).await;
    let finding = place.finding(|found| found.code == codes::WORKLOAD_CRASHED).await;
    assert_eq!(
        (finding.verdict, finding.exit(), restarts(&finding)),
        (Verdict::Terminal, Some(Exit::Code(7)), Some(0))
    );
    assert_eq!(place.observe().await.objects[0].state, ObjectState::Ended { exit: Exit::Code(7) });
}

#[tokio::test]
async fn what_restarts_on_failure_stays_down_after_success() {
    let place = Place::open().await;
    let mut once = service(&["exit", "0"]);
    once.restart = Restart::OnFailure;
    place.start(once).await;
    let ended = ObjectState::Ended { exit: Exit::Code(0) };
    place.until("the end", |seen| seen.objects[0].state == ended).await;
}

#[tokio::test]
async fn evidence_outlives_the_instance() {
    let place = Place::open().await;
    let object = place.start(program(&["ls", "no-such-file"])).await;
    place.finding(|found| found.verdict == Verdict::Terminal).await;
    place.perform(&Op::delete(&object, "a test")).await.unwrap();
    let evidence = place.runtime.evidence().unwrap().capture(&place.env, &object.instance()).await.unwrap();
    assert!(evidence.iter().any(|one| matches!(one, Evidence::Exit { exit: Exit::Code(2), .. })), "{evidence:?}");
    let told = |one: &Evidence| matches!(one, Evidence::LogTail { lines, .. } if lines.iter().any(|l| l.contains("no-such-file")));
    assert!(evidence.iter().any(told), "{evidence:?}");
}

#[tokio::test]
async fn a_failing_health_check_is_found_with_its_answer() {
    let place = Place::open().await;
    let mut web = service(&["serve", "503"]);
    web.ports.push(Port::tcp(80));
    web.health = Some(HealthCheck::new(Probe::Http { port: None, path: "/health".to_owned() }));
    place.start(web).await;
    let answered = |found: &eve_core::Finding| {
        let said = |one: &Evidence| matches!(one, Evidence::Probe { answer } if answer.contains("503"));
        found.code == codes::WORKLOAD_UNHEALTHY && found.evidence.iter().any(said)
    };
    let finding = place.finding(answered).await;
    assert_eq!(finding.verdict, Verdict::Wait);
    assert_eq!(place.observe().await.objects[0].state, ObjectState::Starting);
}
