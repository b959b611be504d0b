//! Drains.

use std::time::Duration;

use eve_core::{Cancel, Drained, Routes as _, codes};
use http::StatusCode;

use crate::support::{HOST, Server, World, get, until};

const AMPLE: Duration = Duration::from_secs(60);

/// Waits until the server has been asked that often.
async fn asked(server: &Server, requests: u64) {
    until("a request to arrive", || server.requests() >= requests).await;
}

#[tokio::test]
async fn requests_under_way_at_the_switch_end_where_they_began_and_are_counted() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    for _ in 0..3 {
        world.get("/").await;
    }
    let (port, before) = (world.port(), old.requests());
    let slow = tokio::spawn(async move { get(port, HOST, "/slow?500").await.unwrap().body });
    let streamed = tokio::spawn(async move { get(port, HOST, "/stream?150").await.unwrap().body });
    asked(&old, before + 2).await;
    world.switch(&id, &[&new]).await.unwrap();
    let drained = world.drain(&old, "drain", AMPLE).await;
    drop(old);
    assert_eq!(drained, Drained::counted(3, 2, 0));
    assert_eq!((slow.await.unwrap(), streamed.await.unwrap()), ("old".to_owned(), "old".repeat(4)));
}

#[tokio::test]
async fn what_is_open_at_the_deadline_is_cut_and_counted() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let (port, before) = (world.port(), old.requests());
    let waiting = tokio::spawn(async move { get(port, HOST, "/slow?600000").await.unwrap() });
    let streaming = tokio::spawn(async move { get(port, HOST, "/stream?600000").await });
    asked(&old, before + 2).await;
    world.switch(&id, &[&new]).await.unwrap();
    assert_eq!(world.drain(&old, "drain", Duration::from_millis(100)).await, Drained::counted(0, 0, 2));
    let answer = waiting.await.unwrap();
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(answer.body.contains(codes::DRAIN_INCOMPLETE.as_str()));
    assert!(streaming.await.unwrap().is_err(), "half an answer must not look like a whole one");
    assert_eq!(world.get("/").await.body, "new");
}

#[tokio::test]
async fn the_numbers_are_told_again_to_the_same_operation() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    world.get("/").await;
    world.switch(&id, &[&new]).await.unwrap();
    let first = world.drain(&old, "drain", AMPLE).await;
    assert_eq!(first, Drained::counted(1, 0, 0));
    assert_eq!(world.drain(&old, "drain", AMPLE).await, first);
}

#[tokio::test]
async fn an_instance_that_comes_back_is_counted_anew() {
    let (world, a, b) = (World::new().await, Server::start("a").await, Server::start("b").await);
    let id = World::public("/");
    world.lead(&id, &[&a]).await;
    world.get("/").await;
    world.switch(&id, &[&b]).await.unwrap();
    assert_eq!(world.drain(&a, "drain", AMPLE).await, Drained::counted(1, 0, 0));
    world.switch(&id, &[&a]).await.unwrap();
    world.get("/").await;
    world.get("/").await;
    world.switch(&id, &[&b]).await.unwrap();
    assert_eq!(world.drain(&a, "drain", AMPLE).await, Drained::counted(2, 0, 0));
}

#[tokio::test]
async fn an_instance_that_was_never_a_target_is_drained_already() {
    let (world, never) = (World::new().await, Server::start("never").await);
    assert_eq!(world.drain(&never, "drain", AMPLE).await, Drained::counted(0, 0, 0));
}

#[tokio::test]
async fn a_route_that_still_leads_to_a_drained_instance_loses_it() {
    let (world, web) = (World::new().await, Server::start("web").await);
    world.lead(&World::public("/"), &[&web]).await;
    world.drain(&web, "drain", AMPLE).await;
    assert_eq!(world.get("/").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_cancelled_drain_says_so_and_cuts_nothing() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let (port, before) = (world.port(), old.requests());
    let slow = tokio::spawn(async move { get(port, HOST, "/slow?800").await.unwrap().body });
    asked(&old, before + 1).await;
    world.switch(&id, &[&new]).await.unwrap();
    let cancel = Cancel::new();
    let cx = world.cx("drain", AMPLE).with_cancel(cancel.clone());
    let instance = old.instance();
    let (drained, ()) = tokio::join!(world.proxy.drain(&instance, &cx), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        cancel.cancel();
    });
    assert_eq!(drained.unwrap_err().code(), &codes::CANCELLED);
    assert_eq!(slow.await.unwrap(), "old");
    assert_eq!(world.drain(&old, "drain", AMPLE).await, Drained::counted(0, 1, 0));
}
