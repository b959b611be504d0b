//! The namespace itself.

use eve_core::{Evidence, Finding, Place, codes};

use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, place};

/// What is wrong with the namespace itself. Listing what is in an absent one is no error, so that
/// it is asked for directly.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let view = scene.view;
    if view.namespace_is_absent {
        let text = format!("namespace {} does not exist", view.namespace);
        let finding = report(codes::NAMESPACE_MISSING, Place::new("Namespace", view.namespace.clone()), text, view.at);
        let finding = finding.with_evidence(Evidence::field("metadata.name", "404 NotFound"));
        return vec![
            finding.with_hint("correct the name, check that this is the right cluster, or make the namespace"),
        ];
    }
    let Some(namespace) = view.namespace_object.as_ref() else { return Vec::new() };
    let Some(deleted) = namespace.metadata.deletion_timestamp.as_ref() else { return Vec::new() };
    let text = format!("namespace {} is being deleted: nothing new can be made in it", view.namespace);
    let finding = report(codes::NAMESPACE_TERMINATING, place(namespace), text, instant(Some(deleted)))
        .for_platform_to_change()
        .with_evidence(Evidence::field("metadata.deletionTimestamp", instant(Some(deleted)).to_string()));
    let conditions = namespace.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let held = conditions.into_iter().filter(|one| one.status == "True");
    let finding = held.fold(finding, |finding, one| {
        let says = one.message.clone().unwrap_or_default();
        finding.with_evidence(Evidence::field(format!("status.conditions[{}]", one.type_), says))
    });
    vec![finding.with_hint("use another namespace, or wait until it is gone; what it waits for is in the evidence")]
}
