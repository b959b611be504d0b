use super::*;
use crate::desired::{ImageRef, Port, PublicRoute, Source};
use crate::{
    Address, Body, Desired, EnvironmentId, HostName, Incarnation, Object, ObjectName, ObjectState, ObservedRoute,
    RouteTarget, Wanted,
};

fn name(text: &str) -> ServiceName {
    ServiceName::new(text).unwrap()
}

fn object(service: &str, release: &str) -> ObjectId {
    ObjectId::new("thing", ObjectName::new(format!("{service}-{release}")).unwrap())
}

/// `web` needs a healthy `api` and has a public route.
fn desired() -> Desired {
    let mut desired = Desired::empty(EnvironmentId::parse("a/b/c").unwrap());
    for text in ["api", "web"] {
        let mut service = Service::new(Source::Image(ImageRef::new("x").unwrap()));
        service.ports.push(Port::tcp(80));
        desired.services.insert(name(text), service);
    }
    let web = desired.services.get_mut(&name("web")).unwrap();
    web.depends_on.insert(name("api"), Dependency::Healthy);
    desired.routes.push(PublicRoute::new(name("web"), HostName::new("web.test").unwrap(), 80));
    desired
}

fn observed(release: &str) -> Observed {
    let objects = ["api", "web"].map(|service| {
        let mut seen = Object::new(
            object(service, release),
            Incarnation::new(release),
            Body::of(&(service, release)).unwrap().digest(),
            ObjectState::Ready,
        );
        seen.service = Some(name(service));
        seen.addresses.insert(80, Address::new("127.0.0.1", 1));
        seen
    });
    Observed { objects: objects.to_vec(), ..Observed::empty(EnvironmentId::parse("a/b/c").unwrap()) }
}

fn routed(seen: &Observed) -> Vec<ObservedRoute> {
    let table = RouteTable::new(&desired(), Vec::new());
    let to = |route: &RouteSpec| {
        let object = seen.objects.iter().find(|o| o.service.as_ref() == Some(&route.service)).unwrap();
        let target = RouteTarget { instance: object.instance(), address: object.addresses[&80].clone() };
        ObservedRoute::new(route.id.clone(), route.service.clone(), route.hash().unwrap(), vec![target])
    };
    table.wanted.iter().map(to).collect()
}

fn planned(release: &str, seen: &Observed, routes: Vec<ObservedRoute>) -> Plan {
    let wanted = ["api", "web"].map(|service| {
        Wanted::new(object(service, release), Body::of(&(service, release)).unwrap()).with_service(name(service))
    });
    let changes = Changes::diff(wanted.to_vec(), seen).unwrap();
    let want = Bound::unreleased(desired());
    compose(&want, seen, &changes, &RouteTable::new(&want.desired, routes)).unwrap()
}

fn place(plan: &Plan, text: &str) -> usize {
    plan.nodes.iter().position(|node| node.work.to_string().starts_with(text)).unwrap_or_else(|| panic!("no {text}"))
}

/// True if `late` can only be reached after `early`.
fn waits(plan: &Plan, late: usize, early: usize) -> bool {
    plan.nodes[late].needs.iter().any(|need| *need == early || waits(plan, *need, early))
}

fn assert_waits(plan: &Plan, late: &str, early: &str) {
    assert!(waits(plan, place(plan, late), place(plan, early)), "{late} does not wait for {early}");
}

#[test]
fn a_first_deploy_goes_from_dependencies_to_public_routes() {
    let plan = planned("r1", &Observed::empty(EnvironmentId::parse("a/b/c").unwrap()), Vec::new());
    for (late, early) in [
        ("ready api", "create thing/api-r1"),
        ("switch internal/api", "ready api"),
        ("create thing/web-r1", "switch internal/api"),
        ("hold 0 ms", "ready web"),
        ("prepare public/web.test/", "hold"),
        ("switch public/web.test/", "prepare public/web.test/"),
    ] {
        assert_waits(&plan, late, early);
    }
}

#[test]
fn an_unchanged_environment_needs_no_operation() {
    let seen = observed("r1");
    let plan = planned("r1", &seen, routed(&seen));
    assert!(plan.is_noop(), "{:?}", plan.operations().collect::<Vec<_>>());
    assert_eq!(plan.nodes.len(), 2, "a gate for each service is left");
}

#[test]
fn a_switch_that_was_never_confirmed_is_made_once_more() {
    let seen = observed("r1");
    let public = |route: ObservedRoute| if route.id.is_public() { route.unconfirmed() } else { route };
    let plan = planned("r1", &seen, routed(&seen).into_iter().map(public).collect());
    assert_waits(&plan, "switch public/web.test/", "hold 0 ms");
    assert_eq!(plan.operations().count(), 1, "{:?}", plan.operations().collect::<Vec<_>>());
}

#[test]
fn instances_that_stand_without_public_traffic_hold_before_they_take_it() {
    let (old, seen) = (observed("r1"), observed("r2"));
    let public = |route: &ObservedRoute| route.id.is_public();
    let internal: Vec<_> = routed(&seen).into_iter().filter(|route| !public(route)).collect();
    let first = planned("r2", &seen, internal.clone());
    assert_waits(&first, "switch public/web.test/", "hold 0 ms");
    assert_waits(&first, "switch public/web.test/", "ready web");

    let moved: Vec<_> = internal.into_iter().chain(routed(&old).into_iter().filter(public)).collect();
    let both = Observed { objects: [old.objects, seen.objects].concat(), ..Observed::empty(seen.environment) };
    assert_waits(&planned("r2", &both, moved), "switch public/web.test/", "hold 5000 ms");
}

#[test]
fn old_instances_drain_after_every_switch_and_then_go() {
    let seen = observed("r1");
    let plan = planned("r2", &seen, routed(&seen));
    for (late, early) in [
        ("switch public/web.test/", "hold 5000 ms"),
        ("drain thing/api-r1@r1", "switch public/web.test/"),
        ("drain thing/api-r1@r1", "switch internal/api"),
        ("delete thing/api-r1", "drain thing/api-r1@r1"),
        ("delete thing/web-r1", "drain thing/web-r1@r1"),
    ] {
        assert_waits(&plan, late, early);
    }
    assert!(
        !waits(&plan, place(&plan, "switch internal/api"), place(&plan, "hold")),
        "internal routes do not wait for all"
    );
}

#[test]
fn deleting_closes_routes_before_instances_drain() {
    let seen = observed("r1");
    let want = Bound::empty(seen.environment.clone());
    let changes = Changes::diff(Vec::new(), &seen).unwrap();
    let plan = compose(&want, &seen, &changes, &RouteTable::new(&want.desired, routed(&seen))).unwrap();
    assert_waits(&plan, "drain thing/web-r1@r1", "close public/web.test/");
    assert_waits(&plan, "delete thing/web-r1", "drain thing/web-r1@r1");
}

#[test]
fn a_service_that_cannot_stand_twice_stops_first_and_the_plan_says_so() {
    let seen = observed("r1");
    let wanted = Wanted::new(object("api", "r2"), Body::of(&("api", "r2")).unwrap()).with_service(name("api"));
    let mut changes = Changes::diff(vec![wanted], &seen).unwrap();
    changes.stop_first.insert(name("api"), "it holds port 80 of the host".to_owned());
    let mut want = Bound::unreleased(desired());
    want.desired.services.retain(|service, _| service.as_str() == "api");
    want.desired.routes.clear();
    let plan = compose(&want, &seen, &changes, &RouteTable::new(&want.desired, routed(&seen))).unwrap();
    assert_waits(&plan, "create thing/api-r2", "delete thing/api-r1");
    assert!(plan.notes.iter().any(|note| note.contains("is down while it is replaced")));
}

#[test]
fn the_digest_covers_operations_and_not_what_is_only_shown() {
    let seen = observed("r1");
    let plan = planned("r2", &seen, routed(&seen));
    let mut shown = plan.clone();
    shown.notes.push("x".to_owned());
    assert_eq!(plan.digest().unwrap(), shown.digest().unwrap());
    let mut fewer = plan.clone();
    fewer.nodes.remove(place(&plan, "delete thing/web-r1"));
    assert_ne!(plan.digest().unwrap(), fewer.digest().unwrap());
    assert!(fewer.is_within(&plan) && !plan.is_within(&fewer));
}
