//! Cron jobs that do not start their jobs.

use eve_core::{Evidence, Finding, codes};

use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, name, place};

/// How long a missed start may be one that passes.
const GRACE: u64 = 120;

/// Why cron jobs do not start their jobs. One that is held back on purpose is well.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let wanted = scene.view.cron_jobs.iter().filter(|one| one.spec.suspend != Some(true));
    wanted
        .filter_map(|cron| {
            let reasons = [
                "TooManyMissedTimes",
                "MissSchedule",
                "FailedNeedsStart",
                "UnparseableSchedule",
                "InvalidSchedule",
                "UnknownTimeZone",
                "FailedCreate",
            ];
            let told = scene.newest(cron, &reasons)?;
            let started = scene.newest(cron, &["SuccessfulCreate"]);
            if started.is_some_and(|started| started.last() > told.last()) {
                return None;
            }
            if told.reason() == "FailedCreate" {
                let finding = super::refusals::read(scene, &place(cron), told.message(), told.first());
                return Some(finding.with_evidence(told.evidence()));
            }
            let schedule = cron.spec.schedule.clone();
            let text = format!("cron job {} does not start its jobs: {}", name(&cron.metadata), told.message());
            Some(
                report(codes::JOB_NOT_STARTED, place(cron), text, told.first())
                    .grace(GRACE)
                    .with_evidence(Evidence::field("spec.schedule", schedule))
                    .with_evidence(told.evidence())
                    .with_hint("check schedule, timeZone and startingDeadlineSeconds"),
            )
        })
        .collect()
}
