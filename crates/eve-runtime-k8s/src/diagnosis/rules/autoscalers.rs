//! Autoscalers that cannot do their work.

use std::time::Duration;

use eve_core::{Evidence, Finding, codes};

use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, name, place};

/// How long an autoscaler may be without its figures.
const GRACE: Duration = Duration::from_secs(60);

/// Why autoscalers cannot do their work.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for scaler in &scene.view.autoscalers {
        let conditions = scaler.status.iter().flat_map(|status| status.conditions.iter().flatten());
        let failed = conditions.into_iter().find(|one| {
            let about = matches!(one.type_.as_str(), "AbleToScale" | "ScalingActive");
            about && one.status == "False" && one.reason.as_deref() != Some("ScalingDisabled")
        });
        let Some(failed) = failed else { continue };
        let since = instant(failed.last_transition_time.as_ref());
        let target = &scaler.spec.scale_target_ref;
        let target = format!("{} {}", target.kind, target.name);
        let message = failed.message.clone().unwrap_or_default();
        let title = name(&scaler.metadata);
        let finding = if failed.reason.as_deref() == Some("FailedGetScale") && message.contains("not found") {
            report(
                codes::WORKLOAD_MISSING,
                place(scaler),
                format!("autoscaler {title} is for {target}, which does not exist"),
                since,
            )
            .with_hint("correct scaleTargetRef, or make what it names")
        } else if scene.since(since) < GRACE {
            continue;
        } else {
            report(codes::ROLLOUT_AUTOSCALER, place(scaler), format!("autoscaler {title} cannot scale {target}"), since)
                .for_platform_to_change()
                .with_hint("look whether the figures that it scales by are served (metrics-server), and whether the containers state requests")
        };
        let field = format!("status.conditions[{}]", failed.type_);
        let says = format!("{}: {message}", failed.reason.as_deref().unwrap_or_default());
        found.push(finding.grace(GRACE.as_secs()).with_evidence(Evidence::field(field, says)));
    }
    found
}
