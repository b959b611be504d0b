//! From a view to findings.

use eve_core::{Finding, fold_findings};

use super::ClusterView;
use super::kinship::Kinship;
use super::rules;
use super::scene::Scene;

/// What is wrong in a namespace: root causes first, the worst of them first, and symptoms beneath
/// what explains them.
///
/// Pure: it reads the view and nothing else. What could not be read is a finding, too.
pub fn diagnose(view: &ClusterView) -> Vec<Finding> {
    let scene = Scene::new(view);
    let kin = Kinship::of(&scene);
    let mut found = rules::access::find(&scene);
    found.extend(rules::namespace::find(&scene));
    if view.namespace_is_absent {
        return found;
    }
    found.extend(rules::absent::find(&scene));
    found.extend(rules::pods::find(&scene));
    found.extend(rules::claims::find(&scene));
    found.extend(rules::making::find(&scene));
    found.extend(rules::jobs::find(&scene));
    found.extend(rules::cron_jobs::find(&scene));
    found.extend(rules::rollouts::find(&scene));
    found.extend(rules::autoscalers::find(&scene));
    found.extend(rules::nodes::find(&scene));
    found.extend(rules::ingresses::find(&scene));
    found.extend(rules::http_routes::find(&scene));
    found.extend(rules::load_balancers::find(&scene));
    found.extend(rules::held::find(&scene));
    found.extend(rules::policies::find(&scene, &found));
    // A service has no readiness of its own: it is told by what is known of its pods.
    found.extend(rules::services::find(&scene, &kin, &found));
    fold_findings(found, |place| kin.relies_on(place), |one, other| kin.are_siblings(one, other))
}

#[cfg(test)]
mod tests;
