use super::*;
use crate::{Subject, Timestamp, Verdict};

fn place(kind: &str, name: &str) -> Place {
    Place::new(kind, name).in_namespace("shop")
}

fn found(code: Code, place: Place, verdict: Verdict) -> Finding {
    Finding::new(code, Subject::place(place), "", Timestamp::default()).with_verdict(verdict)
}

/// Service -> Pods, Deployment -> Pods, Job -> its pods, Pod -> claim.
fn relies_on(of: &Place) -> Vec<Place> {
    match (of.kind.as_str(), of.name.as_str()) {
        ("Service", _) | ("Deployment", "web") => vec![place("Pod", "web-0"), place("Pod", "web-1")],
        ("Job", _) => vec![place("Pod", "try-0")],
        ("Pod", "web-0") => vec![place("PersistentVolumeClaim", "data")],
        _ => Vec::new(),
    }
}

fn siblings(a: &Place, b: &Place) -> bool {
    a.kind == b.kind && a.name.split('-').next() == b.name.split('-').next()
}

fn fold(findings: Vec<Finding>) -> Vec<Finding> {
    fold_findings(findings, relies_on, siblings)
}

fn codes_of(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| finding.code.to_string()).collect()
}

#[test]
fn symptoms_of_what_relies_on_a_cause_go_beneath_it() {
    let folded = fold(vec![
        found(codes::SERVICE_NONE_READY, place("Service", "web"), Verdict::Terminal),
        found(codes::ROLLOUT_PROGRESS_DEADLINE, place("Deployment", "web"), Verdict::Terminal),
        found(codes::IMAGE_NOT_FOUND, place("Pod", "web-0").with_container("main"), Verdict::Terminal),
        found(codes::IMAGE_NOT_FOUND, place("Pod", "web-1").with_container("main"), Verdict::Terminal),
    ]);
    assert_eq!(codes_of(&folded), ["image.not_found"]);
    assert_eq!(folded[0].subject.place.as_ref().unwrap().name, "web-0");
    assert_eq!(folded[0].symptoms.len(), 3);
}

#[test]
fn a_symptom_goes_beneath_the_end_of_the_chain() {
    let folded = fold(vec![
        found(codes::SERVICE_NONE_READY, place("Service", "web"), Verdict::Terminal),
        found(codes::SCHEDULING_VOLUME_UNBOUND, place("Pod", "web-0"), Verdict::Terminal),
        found(codes::VOLUME_NO_CLASS, place("PersistentVolumeClaim", "data"), Verdict::Terminal),
    ]);
    assert_eq!(codes_of(&folded), ["volume.no_class"]);
    assert_eq!(folded[0].symptoms.len(), 2);
}

#[test]
fn a_symptom_that_nothing_explains_stays_where_it_is() {
    let folded = fold(vec![
        found(codes::SERVICE_NONE_READY, place("Service", "web"), Verdict::Terminal),
        found(codes::IMAGE_NOT_FOUND, place("Pod", "other-0"), Verdict::Terminal),
    ]);
    assert_eq!(folded.len(), 2);
}

#[test]
fn a_failure_is_never_hidden_beneath_what_is_none() {
    let folded = fold(vec![
        found(codes::ROLLOUT_PROGRESS_DEADLINE, place("Deployment", "web"), Verdict::Terminal),
        found(codes::SCHEDULING_GATED, place("Pod", "web-0"), Verdict::Wait),
    ]);
    assert_eq!(codes_of(&folded), ["rollout.progress_deadline", "scheduling.gated"]);
}

#[test]
fn tries_that_only_failed_go_beneath_the_job_that_gave_up() {
    let job = || found(codes::JOB_BACK_OFF_LIMIT, place("Job", "try"), Verdict::Terminal);
    let folded = fold(vec![found(codes::ATTEMPT_FAILED, place("Pod", "try-0"), Verdict::Terminal), job()]);
    assert_eq!(codes_of(&folded), ["job.back_off_limit"]);
    assert_eq!(codes_of(&folded[0].symptoms), ["attempt.failed"]);

    let folded = fold(vec![job(), found(codes::WORKLOAD_OOM_KILLED, place("Pod", "try-0"), Verdict::Terminal)]);
    assert_eq!(codes_of(&folded), ["workload.oom_killed"]);
    assert_eq!(codes_of(&folded[0].symptoms), ["job.back_off_limit"]);
}

#[test]
fn the_worst_is_first() {
    let folded = fold(vec![
        found(codes::SCHEDULING_GATED, place("Pod", "a"), Verdict::Wait),
        found(codes::IMAGE_NOT_FOUND, place("Pod", "b"), Verdict::Grace(std::time::Duration::from_secs(30))),
        found(codes::SECRET_MISSING, place("Pod", "c"), Verdict::Terminal),
    ]);
    assert_eq!(codes_of(&folded), ["secret.missing", "image.not_found", "scheduling.gated"]);
}
