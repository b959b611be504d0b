//! Faults that are planted in the memory runtime: each makes the case fail that is there for
//! it.

use eve::memory::Plant;
use eve_testkit::run_runtime;

use crate::memory::MemoryRuntimes;

async fn only_fails(plant: Plant, case: &str) {
    let report = run_runtime(MemoryRuntimes::with(|runtime| runtime.with_fault(plant))).await;
    assert_eq!(report.failed(), [case], "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_that_reports_ready_too_early_is_found() {
    // Cases that wait for readiness before they look may find nothing yet: those are hurt by the fault too.
    let report = run_runtime(MemoryRuntimes::with(|runtime| runtime.with_fault(Plant::ReadyTooEarly))).await;
    assert!(report.failed().contains(&"what_never_becomes_ready_is_never_reported_ready"), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_that_deletes_strangers_objects_is_found() {
    only_fails(Plant::DeletesStrangers, "a_strangers_object_is_never_removed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_that_writes_while_planning_is_found() {
    only_fails(Plant::WritesWhilePlanning, "planning_writes_nothing_and_repeats_itself").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_that_swallows_log_gaps_is_found() {
    only_fails(Plant::SwallowsGap, "no_gap_is_silent").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_that_forgets_tokens_is_found() {
    let report = run_runtime(MemoryRuntimes::with(|runtime| runtime.with_fault(Plant::ForgetsFences))).await;
    let cases = [
        "an_older_holder_is_turned_away_before_the_younger_one_acts",
        "an_older_holders_operation_that_is_under_way_changes_nothing",
    ];
    assert_eq!(report.failed(), cases, "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_without_a_planted_fault_passes() {
    let report = run_runtime(MemoryRuntimes::new()).await;
    assert!(report.passed(), "{report}");
}
