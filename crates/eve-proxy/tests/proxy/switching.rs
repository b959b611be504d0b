//! Switches.

use std::time::Duration;

use eve_core::{ChangeOutcome, ErrorKind, Fence, RouteId, Routes as _, codes};
use http::{HeaderMap, Request};
use http_body_util::Full;

use crate::support::{Client, HOST, Server, World};

#[tokio::test]
async fn new_requests_on_a_kept_connection_go_to_the_new_target() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let mut client = Client::connect(world.port()).await.unwrap();
    assert_eq!(client.get(HOST, "/").await.unwrap().body, "old");
    assert_eq!(world.switch(&id, &[&new]).await.unwrap().outcome, ChangeOutcome::Updated);
    assert_eq!(client.get(HOST, "/").await.unwrap().body, "new");
}

#[tokio::test]
async fn switching_to_the_same_targets_changes_nothing_and_asks_nobody() {
    let (world, a, b) = (World::new().await, Server::start("a").await, Server::start("b").await);
    let id = World::public("/");
    world.lead(&id, &[&a, &b]).await;
    let asked = a.requests() + b.requests();
    assert_eq!(world.switch(&id, &[&b, &a]).await.unwrap().outcome, ChangeOutcome::Unchanged);
    assert_eq!(a.requests() + b.requests(), asked);
}

#[tokio::test]
async fn an_unconfirmed_switch_is_taken_back_and_no_request_meets_the_silent_instance() {
    let (world, old) = (World::new().await, Server::start("old").await);
    let silent = Server::start("silent").await;
    let to = [silent.target()];
    drop(silent);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let cx = world.cx("op", Duration::from_secs(1));
    let (switched, answers) = tokio::join!(world.proxy.switch(&id, &to, &cx), async {
        let mut answers = Vec::new();
        for _ in 0..100 {
            answers.push(world.get("/").await.body);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        answers
    });
    let error = switched.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::ROUTE_UNCONFIRMED, ErrorKind::Failed));
    assert!(std::error::Error::source(&error).is_some());
    assert!(answers.iter().all(|body| body == "old"), "{answers:?}");
    assert_eq!(world.proxy.observe(&world.environment).await.unwrap()[0].targets, [old.target()]);
}

#[tokio::test]
async fn a_route_that_was_never_prepared_cannot_be_switched() {
    let (world, web) = (World::new().await, Server::start("web").await);
    let error = world.switch(&World::public("/"), &[&web]).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::ROUTE_UNKNOWN, ErrorKind::NotFound));
}

#[tokio::test]
async fn a_route_is_not_switched_to_nothing() {
    let world = World::new().await;
    world.prepare(&World::public("/")).await;
    let error = world.switch(&World::public("/"), &[]).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::ROUTE_NO_TARGET, ErrorKind::Conflict));
}

#[tokio::test]
async fn the_holder_of_an_older_token_is_turned_away() {
    let (world, web) = (World::new().await, Server::start("web").await);
    let id = World::public("/");
    let mut young = world.calm();
    young.fence = Fence::new(2);
    world.proxy.prepare(&World::spec(id.clone()), &young).await.unwrap();
    let old = world.calm();
    let errors = [
        world.proxy.prepare(&World::spec(id.clone()), &old).await.unwrap_err(),
        world.proxy.switch(&id, &[web.target()], &old).await.unwrap_err(),
        world.proxy.drain(&web.instance(), &old).await.unwrap_err(),
        world.proxy.close(&id, &old).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.code(), error.kind()), (&codes::LEASE_LOST, ErrorKind::Fenced));
    }
    world.proxy.switch(&id, &[web.target(), web.target()], &young).await.unwrap();
    assert_eq!(world.proxy.observe(&world.environment).await.unwrap()[0].targets, [web.target()]);
}

#[tokio::test]
async fn a_cancelled_switch_leaves_everything_as_it_was() {
    let (world, old) = (World::new().await, Server::start("old").await);
    let silent = Server::start("silent").await;
    let to = [silent.target()];
    drop(silent);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let cx = world.calm();
    let (switched, ()) = tokio::join!(world.proxy.switch(&id, &to, &cx), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        cx.cancel.cancel();
    });
    assert_eq!(switched.unwrap_err().code(), &codes::CANCELLED);
    assert_eq!(world.get("/").await.body, "old");
}

#[tokio::test]
async fn a_route_below_a_prefix_is_confirmed_below_it() {
    let (world, web, api) = (World::new().await, Server::start("web").await, Server::start("api").await);
    world.lead(&World::public("/"), &[&web]).await;
    let mut spec = World::spec(World::public("/api"));
    spec.confirm_path = "/healthz".to_owned();
    world.proxy.prepare(&spec, &world.calm()).await.unwrap();
    world.switch(&spec.id, &[&api]).await.unwrap();
    assert_eq!(world.get("/api/x").await.body, "api");
}

#[tokio::test]
async fn outsiders_learn_nothing_about_instances_and_cannot_confirm() {
    let (world, web) = (World::new().await, Server::start("web").await);
    world.lead(&World::public("/"), &[&web]).await;
    let mut client = Client::connect(world.port()).await.unwrap();
    let request = Request::get("/headers").header("host", HOST).header("x-eve-confirm", "0".repeat(32));
    let answer = client.ask(request.body(Full::default()).unwrap()).await.unwrap();
    assert!(!answer.headers.contains_key("x-eve-instance"));
    assert!(!answer.body.contains("x-eve-confirm"), "{}", answer.body);
    assert_ne!(answer.headers, HeaderMap::new());
}

#[tokio::test]
async fn an_instance_behind_two_routes_is_withdrawn_with_the_last() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let (public, internal): (RouteId, RouteId) = (World::public("/"), World::internal("web"));
    world.lead(&public, &[&old]).await;
    world.lead(&internal, &[&old]).await;
    world.get("/").await;
    world.switch(&internal, &[&new]).await.unwrap();
    world.get("/").await;
    world.switch(&public, &[&new]).await.unwrap();
    let drained = world.drain(&old, "drain", Duration::from_secs(60)).await;
    assert_eq!((drained.served, drained.drained, drained.cut), (Some(2), Some(0), Some(0)));
}
