//! Making, keeping and removing instances.

use eve_core::desired::{Port, Restart};
use eve_core::{Bound, ChangeOutcome, ObjectState, Op, Runtime as _, Template, VarName, codes};

use crate::place::{Place, is_alive, lines, program, published, service};

#[tokio::test]
async fn a_service_with_a_port_becomes_ready_and_answers_at_its_address() {
    let place = Place::open().await;
    let mut web = service(&["serve"]);
    web.ports.push(Port::tcp(8080));
    place.start(web).await;
    let object = Place::only(&place.ready().await);
    let address = &object.addresses[&8080];
    tokio::net::TcpStream::connect((address.host.as_str(), address.port)).await.unwrap();
}

#[tokio::test]
async fn a_service_without_ports_is_ready_once_it_runs() {
    let place = Place::open().await;
    place.start(service(&["wait"])).await;
    place.ready().await;
}

#[tokio::test]
async fn deploying_the_same_again_changes_nothing() {
    let place = Place::open().await;
    let want = place.bound([("web", service(&["wait"]))]).await;
    place.deploy(&want).await;
    let changes = place.plan(&want).await.unwrap();
    assert!(changes.ensure.is_empty() && changes.retire.is_empty());
    assert_eq!(changes.instances.len(), 1);
}

#[tokio::test]
async fn creating_twice_makes_one() {
    let place = Place::open().await;
    let want = place.bound([("web", service(&["wait"]))]).await;
    let op = place.plan(&want).await.unwrap().ensure.remove(0);
    let (one, two) = tokio::join!(place.perform(&op), place.perform(&op));
    let (one, two) = (one.unwrap(), two.unwrap());
    let outcomes = [one.outcome, two.outcome];
    assert!(outcomes.contains(&ChangeOutcome::Created) && outcomes.contains(&ChangeOutcome::Unchanged));
    assert_eq!(one.incarnation, two.incarnation);
    assert_eq!(place.observe().await.objects.len(), 1);
}

#[tokio::test]
async fn observing_reaches_the_version_that_was_answered() {
    let place = Place::open().await;
    let want = place.bound([("web", service(&["wait"]))]).await;
    let changes = place.deploy(&want).await;
    assert!(Place::only(&place.observe().await).version >= changes[0].version);
}

#[tokio::test]
async fn a_new_release_stands_beside_the_old_one_until_that_is_removed() {
    let place = Place::open().await;
    let first = place.start(service(&["wait"])).await;
    let mut other = service(&["wait"]);
    other.process = other.process.with_variable(VarName::new("RELEASE").unwrap(), "2");
    let want = place.bound([("web", other)]).await;
    let changes = place.plan(&want).await.unwrap();
    for op in &changes.ensure {
        place.perform(op).await.unwrap();
    }
    assert_eq!(place.observe().await.objects.len(), 2);
    assert_eq!(changes.retire.len(), 1);
    place.perform(&changes.retire[0]).await.unwrap();
    assert_ne!(Place::only(&place.observe().await).id, first.id);
}

#[tokio::test]
async fn removing_takes_only_the_incarnation_that_is_meant() {
    let place = Place::open().await;
    let old = place.start(service(&["wait"])).await;
    let remove = Op::delete(&old, "a test");
    assert_eq!(place.perform(&remove).await.unwrap().outcome, ChangeOutcome::Deleted);
    let new = place.start(service(&["wait"])).await;
    assert_eq!(new.id, old.id);
    assert_ne!(new.incarnation, old.incarnation);
    assert_eq!(place.perform(&remove).await.unwrap().outcome, ChangeOutcome::Skipped);
    assert_eq!(Place::only(&place.observe().await).incarnation, new.incarnation);
}

#[tokio::test]
async fn removing_ends_the_whole_group() {
    children_end_with_their_service(&["start-child"]).await;
}

#[tokio::test]
async fn removing_ends_what_left_the_group() {
    children_end_with_their_service(&["start-child-away"]).await;
}

async fn children_end_with_their_service(arguments: &[&str]) {
    let place = Place::open().await;
    let object = place.start(service(arguments)).await;
    let who = eve_core::LogSubject::Instance(place.env.clone(), object.instance());
    let mut items = place.runtime.logs(&who, eve_core::LogOptions::default().with_follow(true));
    let item = futures_util::StreamExt::next(&mut items).await.unwrap().unwrap();
    let line = lines(&[item]).remove(0);
    let pid = line.strip_prefix("child ").unwrap();
    assert!(is_alive(pid));
    place.perform(&Op::delete(&object, "a test")).await.unwrap();
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn who_ignores_the_request_to_end_is_killed() {
    let place = Place::open().await;
    // `env` passes the ignored signal on; nothing in the fixture undoes it.
    let mut stubborn = program(&["env", "--ignore-signal=TERM", "sleep", "3600"]);
    stubborn.stop_grace = std::time::Duration::from_millis(100);
    let object = place.start(stubborn).await;
    place.ready().await;
    assert_eq!(place.perform(&Op::delete(&object, "a test")).await.unwrap().outcome, ChangeOutcome::Deleted);
    assert!(place.observe().await.objects.is_empty());
}

#[tokio::test]
async fn what_ended_is_made_again_under_its_name() {
    let place = Place::open().await;
    let mut once = service(&["exit", "0"]);
    once.restart = Restart::Never;
    let want = place.bound([("web", once)]).await;
    place.deploy(&want).await;
    let ended = |seen: &eve_core::Observed| matches!(seen.objects[0].state, ObjectState::Ended { .. });
    let old = Place::only(&place.until("the end", ended).await);
    place.deploy(&want).await;
    let new = Place::only(&place.observe().await);
    assert_eq!(new.id, old.id);
    assert_ne!(new.incarnation, old.incarnation);
}

#[tokio::test]
async fn an_environment_sees_only_its_own() {
    let place = Place::open().await;
    place.start(service(&["wait"])).await;
    let other = eve_core::EnvironmentId::parse("acme/shop/other").unwrap();
    assert!(place.runtime.observe(&other).await.unwrap().objects.is_empty());
    let environments = place.runtime.owned().unwrap().environments().await.unwrap();
    assert_eq!(environments.as_slice(), std::slice::from_ref(&place.env));
}

#[tokio::test]
async fn another_backends_operation_is_refused() {
    let place = Place::open().await;
    let want = place.bound([("web", service(&["wait"]))]).await;
    let mut op = place.plan(&want).await.unwrap().ensure.remove(0);
    op.object.kind = "container".to_owned();
    assert_eq!(place.perform(&op).await.unwrap_err().code(), &codes::OPERATION_UNKNOWN);
}

#[tokio::test]
async fn cancelled_or_late_nothing_is_made() {
    let place = Place::open().await;
    let want = place.bound([("web", service(&["wait"]))]).await;
    let op = place.plan(&want).await.unwrap().ensure.remove(0);
    let cx = place.cx(&op);
    cx.cancel.cancel();
    assert_eq!(place.runtime.perform(&op, &cx).await.unwrap_err().code(), &codes::CANCELLED);
    let mut cx = place.cx(&op);
    cx.deadline = eve_core::Deadline::after(&*cx.env, std::time::Duration::ZERO);
    assert_eq!(place.runtime.perform(&op, &cx).await.unwrap_err().code(), &codes::DEADLINE_EXCEEDED);
    assert!(place.observe().await.objects.is_empty());
}

#[tokio::test]
async fn a_snapshot_that_is_gone_is_named() {
    let place = Place::open().await;
    let mut want = place.bound([("web", service(&["wait"]))]).await;
    let gone = eve_core::Artifact::Snapshot { digest: eve_core::Digest::of("gone") };
    want.artifacts.values_mut().for_each(|artifact| *artifact = gone.clone());
    let op = place.plan(&want).await.unwrap().ensure.remove(0);
    assert_eq!(place.perform(&op).await.unwrap_err().code(), &codes::ARTIFACT_NOT_FOUND);
}

#[tokio::test]
async fn a_fixed_port_that_is_taken_is_named() {
    let place = Place::open().await;
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut web = service(&["serve"]);
    web.ports.push(published(held.local_addr().unwrap().port()));
    let want = place.bound([("web", web)]).await;
    let op = place.plan(&want).await.unwrap().ensure.remove(0);
    assert_eq!(place.perform(&op).await.unwrap_err().code(), &codes::PORT_TAKEN);
    assert!(place.observe().await.objects.is_empty());
}

#[tokio::test]
async fn the_empty_target_state_removes_everything() {
    let place = Place::open().await;
    let mut two = service(&["wait"]);
    two.replicas = 2;
    let want = place.bound([("web", two)]).await;
    place.deploy(&want).await;
    assert_eq!(place.observe().await.objects.len(), 2);
    place.deploy(&Bound::empty(place.env.clone())).await;
    assert!(place.observe().await.objects.is_empty());
    assert!(place.runtime.owned().unwrap().environments().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_address_in_a_variable_is_filled_while_planning() {
    let place = Place::open().await;
    let mut web = service(&["variable", "API"]);
    web.restart = Restart::Never;
    web.process =
        web.process.with_variable(VarName::new("API").unwrap(), Template::service_url(crate::place::name("api")));
    let object = place.start(web).await;
    let who = eve_core::LogSubject::Instance(place.env.clone(), object.instance());
    let items = place.runtime.logs(&who, eve_core::LogOptions::default().with_follow(true));
    assert_eq!(lines(&crate::place::collect(items).await), ["http://api.internal:1"]);
}
