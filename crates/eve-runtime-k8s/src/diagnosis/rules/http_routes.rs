//! Routes of the Gateway API, and the way from them to services.

use std::time::Duration;

use eve_core::{Evidence, Finding, Place, codes};
use kube::api::DynamicObject;
use serde_json::Value;

use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, report};
use crate::diagnosis::scene::{Scene, name};

/// How long a route may be there before whoever takes it, or what it names.
const GRACE: Duration = Duration::from_secs(30);

/// What is wrong with routes, by their own word and by what they name.
pub(in crate::diagnosis) fn find(scene: &Scene<'_>) -> Vec<Finding> {
    let live = scene.view.http_routes.iter().filter(|route| route.metadata.deletion_timestamp.is_none());
    live.flat_map(|route| judge(scene, route)).collect()
}

fn judge(scene: &Scene<'_>, route: &DynamicObject) -> Vec<Finding> {
    let since = instant(route.metadata.creation_timestamp.as_ref());
    let title = name(&route.metadata);
    let make = |code, text: String| report(code, place(route), text, since).grace(GRACE.as_secs());
    let absent = absent_services(scene, route);
    if !absent.is_empty() {
        let each = absent.into_iter().map(|service| {
            make(codes::SERVICE_MISSING, format!("route {title} leads to service {service}, which does not exist"))
                .with_evidence(Evidence::field("spec.rules.backendRefs", service.clone()))
                .with_hint(format!("make service {service}, or correct the name in the route"))
        });
        return each.collect();
    }
    let parents = items(&route.data["status"]["parents"]);
    if parents.is_empty() {
        let named = items(&route.data["spec"]["parentRefs"]).iter().filter_map(|one| one["name"].as_str());
        let named = named.collect::<Vec<_>>().join(", ");
        let silent = scene.since(since) >= GRACE;
        return silent
            .then(|| {
                make(codes::ROUTE_NOT_ACCEPTED, format!("nobody takes route {title}: it is for gateway {named}"))
                    .for_platform_to_change()
                    .with_evidence(Evidence::field("status.parents", "none"))
                    .with_hint("check parentRefs, that the gateway is there, and that its controller runs")
            })
            .into_iter()
            .collect();
    }
    let refused = parents.iter().flat_map(|parent| items(&parent["conditions"])).find(|one| {
        matches!(one["type"].as_str(), Some("Accepted" | "ResolvedRefs")) && one["status"].as_str() == Some("False")
    });
    let refusal = refused.map(|one| {
        let text = |key: &str| one[key].as_str().unwrap_or_default();
        let says = format!("{}: {}", text("reason"), text("message"));
        make(codes::ROUTE_NOT_ACCEPTED, format!("route {title} is not taken: {says}"))
            .with_evidence(Evidence::field(format!("status.parents.conditions[{}]", text("type")), says))
            .with_hint("the reason names what the gateway does not allow or does not find: correct it in the route")
    });
    refusal.into_iter().collect()
}

/// Services of the same namespace that a route names and that are not there.
fn absent_services(scene: &Scene<'_>, route: &DynamicObject) -> Vec<String> {
    if !scene.view.was_read("services") {
        return Vec::new();
    }
    let backends = items(&route.data["spec"]["rules"]).iter().flat_map(|rule| items(&rule["backendRefs"]));
    let ours = backends.filter(|one| {
        let elsewhere = one["namespace"].as_str().is_some_and(|space| space != scene.view.namespace);
        one["kind"].as_str().unwrap_or("Service") == "Service" && !elsewhere
    });
    let mut absent: Vec<_> = ours
        .filter_map(|one| one["name"].as_str())
        .filter(|wanted| !scene.view.services.iter().any(|service| name(&service.metadata) == *wanted))
        .map(str::to_owned)
        .collect();
    absent.sort();
    absent.dedup();
    absent
}

fn place(route: &DynamicObject) -> Place {
    let mut place = Place::new("HTTPRoute", name(&route.metadata));
    place.namespace.clone_from(&route.metadata.namespace);
    place.uid.clone_from(&route.metadata.uid);
    place
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
