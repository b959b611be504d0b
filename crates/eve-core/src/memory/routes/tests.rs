//! Tests of routes in memory.

use std::time::Duration;

use super::*;
use crate::Deadline;
use crate::{Address, Fence, HostName, Incarnation, ObjectId, ObjectName, SystemEnv};

fn cx(env: &str, operation: &str, within: Duration) -> OpCx {
    let time = Arc::new(SystemEnv::new());
    let deadline = Deadline::after(&*time, within);
    OpCx::new(time, EnvironmentId::parse(env).unwrap(), OpId::new(operation), Fence::new(1), deadline)
}

fn soon(env: &str) -> OpCx {
    cx(env, "op", Duration::from_secs(60))
}

fn instance(incarnation: &str) -> InstanceRef {
    InstanceRef::new(ObjectId::new("instance", ObjectName::new("web").unwrap()), Incarnation::new(incarnation))
}

fn target(incarnation: &str) -> RouteTarget {
    RouteTarget { instance: instance(incarnation), address: Address::new("memory", 1) }
}

fn public() -> RouteSpec {
    let id = RouteId::Public { host: HostName::new("web.example.org").unwrap(), path: "/".to_owned() };
    RouteSpec::new(id, ServiceName::new("web").unwrap(), 80)
}

#[tokio::test]
async fn a_route_is_prepared_before_it_is_switched_and_switched_to_somebody() {
    let (routes, spec) = (MemoryRoutes::new(), public());
    let unknown = routes.switch(&spec.id, &[target("1")], &soon("a/b/c")).await.unwrap_err();
    assert_eq!(unknown.code(), &codes::ROUTE_UNKNOWN);
    assert_eq!(routes.prepare(&spec, &soon("a/b/c")).await.unwrap().outcome, ChangeOutcome::Created);
    assert_eq!(routes.prepare(&spec, &soon("a/b/c")).await.unwrap().outcome, ChangeOutcome::Unchanged);
    let nobody = routes.switch(&spec.id, &[], &soon("a/b/c")).await.unwrap_err();
    assert_eq!(nobody.code(), &codes::ROUTE_NO_TARGET);
    assert_eq!(routes.switch(&spec.id, &[target("1")], &soon("a/b/c")).await.unwrap().outcome, ChangeOutcome::Updated);
    let same = routes.switch(&spec.id, &[target("1"), target("1")], &soon("a/b/c")).await.unwrap();
    assert_eq!(same.outcome, ChangeOutcome::Unchanged);
    assert_eq!(routes.calls().switch, 4);
}

#[tokio::test]
async fn a_changed_spec_keeps_the_targets() {
    let (routes, mut spec) = (MemoryRoutes::new(), public());
    routes.prepare(&spec, &soon("a/b/c")).await.unwrap();
    routes.switch(&spec.id, &[target("1")], &soon("a/b/c")).await.unwrap();
    let address = routes.address(&soon("a/b/c").environment, &spec).await.unwrap();
    spec.port = 81;
    assert_eq!(routes.address(&soon("a/b/c").environment, &spec).await.unwrap(), address);
    assert_eq!(routes.prepare(&spec, &soon("a/b/c")).await.unwrap().outcome, ChangeOutcome::Updated);
    assert_eq!(routes.observe(&soon("a/b/c").environment).await.unwrap()[0].targets, [target("1")]);
}

#[tokio::test]
async fn another_environments_host_is_not_taken() {
    let routes = MemoryRoutes::new();
    routes.prepare(&public(), &soon("a/b/c")).await.unwrap();
    let error = routes.prepare(&public(), &soon("a/b/d")).await.unwrap_err();
    assert_eq!(error.code(), &codes::ROUTE_TAKEN);
    assert_eq!(routes.close(&public().id, &soon("a/b/d")).await.unwrap().outcome, ChangeOutcome::Skipped);
    assert_eq!(routes.close(&public().id, &soon("a/b/c")).await.unwrap().outcome, ChangeOutcome::Deleted);
    routes.prepare(&public(), &soon("a/b/d")).await.unwrap();
}

#[tokio::test]
async fn an_unconfirmed_switch_changes_nothing() {
    let (routes, spec) = (MemoryRoutes::new(), public());
    routes.prepare(&spec, &soon("a/b/c")).await.unwrap();
    routes.switch(&spec.id, &[target("1")], &soon("a/b/c")).await.unwrap();
    routes.refuse_confirmation(true);
    let error = routes.switch(&spec.id, &[target("2")], &soon("a/b/c")).await.unwrap_err();
    assert_eq!(error.code(), &codes::ROUTE_UNCONFIRMED);
    assert_eq!(routes.observe(&soon("a/b/c").environment).await.unwrap()[0].targets, [target("1")]);
}

#[tokio::test]
async fn a_drain_waits_for_what_is_under_way_and_tells_its_numbers_until_they_are_forgotten() {
    let routes = MemoryRoutes::new();
    drop(routes.begin(&instance("1")));
    let open = routes.begin(&instance("1"));
    let (numbers, ()) = futures_util::join!(
        async { routes.drain(&instance("1"), &cx("a/b/c", "drain 1", Duration::from_secs(60))).await.unwrap() },
        async {
            tokio::task::yield_now().await;
            drop(open);
        }
    );
    assert_eq!(numbers, Drained::counted(2, 1, 0));
    drop(routes.begin(&instance("1")));
    let again = routes.drain(&instance("1"), &cx("a/b/c", "drain 1", Duration::ZERO)).await.unwrap();
    assert_eq!(again, numbers);

    let (here, drain) = (cx("a/b/c", "forget", Duration::ZERO), OpId::new("drain 1"));
    routes.forget(&drain, &cx("a/b/d", "forget", Duration::ZERO)).await.unwrap();
    assert_eq!(routes.drain(&instance("1"), &cx("a/b/c", "drain 1", Duration::ZERO)).await.unwrap(), numbers);
    routes.forget(&drain, &here).await.unwrap();
    let anew = routes.drain(&instance("1"), &cx("a/b/c", "drain 1", Duration::ZERO)).await.unwrap();
    assert_eq!(anew, Drained::counted(3, 0, 0));
    routes.forget(&OpId::new("drain of nobody"), &here).await.unwrap();
}

#[tokio::test]
async fn what_is_open_at_the_deadline_is_cut_and_counted() {
    let routes = MemoryRoutes::new();
    let open = routes.begin(&instance("1"));
    let numbers = routes.drain(&instance("1"), &cx("a/b/c", "drain", Duration::from_millis(10))).await.unwrap();
    assert_eq!(numbers, Drained::counted(0, 0, 1));
    assert!(open.was_cut());
    drop(open);
    let never = routes.drain(&instance("2"), &soon("a/b/c")).await.unwrap();
    assert_eq!(never, Drained::counted(0, 0, 0));
}

#[tokio::test]
async fn a_cancelled_drain_cuts_nothing() {
    let routes = MemoryRoutes::new();
    let open = routes.begin(&instance("1"));
    let cx = soon("a/b/c");
    cx.cancel.cancel();
    assert_eq!(routes.drain(&instance("1"), &cx).await.unwrap_err().code(), &codes::CANCELLED);
    assert!(!open.was_cut());
}
