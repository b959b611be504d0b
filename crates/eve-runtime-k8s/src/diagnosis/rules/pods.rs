//! Pods, each judged by where it stands on its way.

use eve_core::Finding;

use super::{containers, gates, mounts, removed, scheduling, starting, terminating};
use crate::diagnosis::report::Report;
use crate::diagnosis::scene::{Scene, phase};

/// What is wrong with pods.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found: Vec<_> = scene.view.pods.iter().filter_map(|pod| terminating::judge(scene, pod)).collect();
    for pod in scene.pods() {
        if let Some(finding) = removed::judge(scene, pod) {
            found.push(finding);
            continue;
        }
        let is_placed = pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
        if !is_placed && phase(pod) != "Failed" {
            found.extend(scheduling::judge(scene, pod));
            continue;
        }
        let mut of_containers = containers::judge(scene, pod);
        if phase(pod) == "Failed" && scene.is_replaced(pod) {
            // It is history: another one does its work.
            of_containers = of_containers.into_iter().map(Report::wait).collect();
        }
        let of_pod = if of_containers.is_empty() {
            let held_up = mounts::judge(scene, pod).into_iter().chain(starting::judge(scene, pod));
            held_up.chain(gates::judge(scene, pod)).collect()
        } else {
            Vec::new()
        };
        found.extend(of_containers);
        found.extend(of_pod);
    }
    found
}
