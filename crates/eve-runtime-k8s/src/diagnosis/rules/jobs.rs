//! Jobs.

use eve_core::{Code, Evidence, FaultOwner, Finding, RetryClass, codes};
use k8s_openapi::api::batch::v1::{Job, JobCondition};
use k8s_openapi::api::core::v1::Pod;

use super::{crash, exits, last_words};
use crate::diagnosis::container::Container;
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::report;
use crate::diagnosis::scene::{Scene, controller, name, place};

/// What is wrong with jobs. A failed pod is no failed job: only the job's own word counts.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let failed = scene.view.jobs.iter().filter(|job| !is_outdone(scene, job));
    failed.filter_map(|job| Some(judge(scene, job, failure(job)?))).collect()
}

/// True if a job has neither failed nor done its work, and is not held back on purpose.
pub(super) fn is_open(job: &Job) -> bool {
    let suspended = job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true);
    let over = conditions(job).any(|one| matches!(one.type_.as_str(), "Complete" | "Failed") && one.status == "True");
    !suspended && !over
}

/// True if the job of a pod has failed.
pub(super) fn has_failed(scene: &Scene<'_>, pod: &Pod) -> bool {
    scene.job_of(pod).is_some_and(|job| failure(job).is_some())
}

/// The condition that says that a job failed; the early one if there is no other yet.
fn failure(job: &Job) -> Option<&JobCondition> {
    let of = |kind: &'static str| conditions(job).find(move |one| one.type_ == kind && one.status == "True");
    of("Failed").or_else(|| of("FailureTarget"))
}

fn conditions(job: &Job) -> impl Iterator<Item = &JobCondition> {
    job.status.iter().flat_map(|status| status.conditions.iter().flatten())
}

fn judge(scene: &Scene<'_>, job: &Job, failure: &JobCondition) -> Finding {
    let reason = failure.reason.as_deref().unwrap_or_default();
    let message = failure.message.as_deref().unwrap_or_default();
    let spec = job.spec.as_ref();
    let title = name(&job.metadata);
    let since = instant(failure.last_transition_time.as_ref());
    let last = last_exit(scene, job);
    let make = |code: Code, text: String| report(code, place(job), text, since);
    let finding = match reason {
        "DeadlineExceeded" => {
            let seconds = spec.and_then(|spec| spec.active_deadline_seconds).unwrap_or_default();
            make(codes::JOB_DEADLINE, format!("job {title} was ended after {seconds} s, when its deadline was over"))
                .with_evidence(Evidence::field("spec.activeDeadlineSeconds", seconds.to_string()))
                .with_hint("raise activeDeadlineSeconds of the job, or let its work end sooner; its pods and their lines are gone with it")
        }
        "BackoffLimitExceeded" => {
            let limit = spec.and_then(|spec| spec.backoff_limit).unwrap_or(6);
            let how = last.as_ref().map(|(_, how)| format!(", the last try with {how}")).unwrap_or_default();
            make(
                codes::JOB_BACK_OFF_LIMIT,
                format!("job {title} failed more often than its back-off limit of {limit} allows{how}"),
            )
            .with_evidence(Evidence::field("spec.backoffLimit", limit.to_string()))
            .with_hint("its pods' last lines say why they failed; a higher backoffLimit only helps with what passes")
        }
        "PodFailurePolicy" => {
            make(codes::JOB_FAILURE_POLICY, format!("job {title} was ended by its own rules: {message}"))
                .with_owner(FaultOwner::User, RetryClass::Never)
                .with_hint("podFailurePolicy says that this failure is final: mend what failed")
        }
        "MaxFailedIndexesExceeded" | "FailedIndexes" => {
            make(codes::JOB_BACK_OFF_LIMIT, format!("too many parts of job {title} failed: {message}"))
                .with_hint("the last lines of the failed parts' pods say why")
        }
        _ => make(codes::JOB_FAILED, format!("job {title} failed: {reason} {message}"))
            .with_hint("the reason is the cluster's own; its pods' last lines may say more"),
    };
    let finding = finding
        .with_evidence(Evidence::field(format!("status.conditions[{}].reason", failure.type_), reason))
        .with_evidence(Evidence::field(format!("status.conditions[{}].message", failure.type_), message));
    match last {
        Some((container, _)) => {
            let ended = container
                .ended()
                .map(|ended| Evidence::Exit { exit: exits::exit(ended), restarts: container.restarts() });
            let finding = ended.into_iter().fold(finding, Finding::with_evidence);
            let finding = crash::with_tail(scene, &container, finding);
            match container.ended() {
                Some(ended) => last_words::told(finding, ended),
                None => finding,
            }
        }
        None => match scene.newest_of_pods(title) {
            Some(told) => finding.with_evidence(told.evidence()),
            None => finding,
        },
    }
}

/// The newest container of a job that failed, and how.
fn last_exit<'a>(scene: &Scene<'a>, job: &Job) -> Option<(Container<'a>, String)> {
    let pods = scene.pods_of(job.metadata.uid.as_deref());
    let failed = pods.flat_map(Container::all).filter(|one| one.ended().is_some_and(|ended| ended.exit_code != 0));
    let last = failed.max_by_key(|one| one.ended().map(|ended| instant(ended.finished_at.as_ref())))?;
    let how = exits::means(last.ended()?);
    Some((last, how))
}

/// True if a later run of the same cron job did its work since.
fn is_outdone(scene: &Scene<'_>, job: &Job) -> bool {
    let Some(owner) = controller(&job.metadata).filter(|owner| owner.kind == "CronJob") else { return false };
    let made = instant(job.metadata.creation_timestamp.as_ref());
    scene.view.jobs.iter().any(|other| {
        controller(&other.metadata).is_some_and(|one| one.uid == owner.uid)
            && instant(other.metadata.creation_timestamp.as_ref()) > made
            && conditions(other).any(|one| one.type_ == "Complete" && one.status == "True")
    })
}
