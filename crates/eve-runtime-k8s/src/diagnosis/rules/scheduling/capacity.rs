//! Would a pod ever fit?

use k8s_openapi::api::core::v1::{Container, Node, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::diagnosis::quantity::Amount;
use crate::diagnosis::scene::{Scene, name};

/// What a pod asks for, against the largest node.
#[derive(Debug, Clone)]
pub(super) struct Capacity<'a> {
    pub(super) asked: Amount,
    pub(super) asked_text: String,
    /// The node that could give most; none if no node has it at all, or nodes could not be read.
    pub(super) largest: Option<(&'a str, &'a Quantity)>,
    /// True if even the largest node could not hold the pod if it were empty.
    pub(super) never: bool,
}

/// What a pod asks for of a resource, against what the largest node has.
pub(super) fn of<'a>(scene: &Scene<'a>, pod: &Pod, resource: &str) -> Capacity<'a> {
    let asked = request(pod, resource);
    let has = |node: &'a Node| node.status.as_ref()?.allocatable.as_ref()?.get(resource);
    let all = scene.view.nodes.iter().filter_map(|node| Some((name(&node.metadata), has(node)?)));
    let largest = all.max_by_key(|(_, quantity)| Amount::parse(quantity).unwrap_or_default());
    let most = largest.and_then(|(_, quantity)| Amount::parse(quantity)).unwrap_or_default();
    let never = scene.view.was_read("nodes") && !scene.view.nodes.is_empty() && asked > most;
    Capacity { asked, asked_text: text(pod, resource), largest, never }
}

/// What a pod asks for: what runs beside each other adds up, what runs before is counted if it is more.
fn request(pod: &Pod, resource: &str) -> Amount {
    let Some(spec) = &pod.spec else { return Amount::default() };
    let whole = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()?.get(resource));
    if let Some(whole) = whole.and_then(Amount::parse) {
        return whole;
    }
    let mut beside = Amount::default();
    let mut before = Amount::default();
    for init in spec.init_containers.iter().flatten() {
        if init.restart_policy.as_deref() == Some("Always") {
            beside = beside.plus(of_container(init, resource));
            before = before.max(beside);
        } else {
            before = before.max(beside.plus(of_container(init, resource)));
        }
    }
    let main = spec.containers.iter().fold(beside, |sum, container| sum.plus(of_container(container, resource)));
    let overhead = spec.overhead.as_ref().and_then(|overhead| overhead.get(resource)).and_then(Amount::parse);
    main.max(before).plus(overhead.unwrap_or_default())
}

fn of_container(container: &Container, resource: &str) -> Amount {
    let resources = container.resources.as_ref();
    let request = resources.and_then(|one| one.requests.as_ref()?.get(resource));
    let request = request.or_else(|| resources.and_then(|one| one.limits.as_ref()?.get(resource)));
    request.and_then(Amount::parse).unwrap_or_default()
}

/// The request in the manifest's own words, container by container.
fn text(pod: &Pod, resource: &str) -> String {
    let spec = pod.spec.iter();
    let all = spec.flat_map(|spec| spec.init_containers.iter().flatten().chain(&spec.containers));
    let parts = all.filter_map(|container| {
        let resources = container.resources.as_ref()?;
        let asked = resources.requests.as_ref().and_then(|one| one.get(resource));
        let asked = asked.or_else(|| resources.limits.as_ref()?.get(resource))?;
        Some(format!("{} by {}", asked.0, container.name))
    });
    parts.collect::<Vec<_>>().join(", ")
}
