//! The proxy's own beginning and end.

use std::time::Duration;

use eve_core::{Deadline, ErrorKind, Routes as _, codes};
use eve_proxy::{Proxy, ProxyConfig, TableSnapshot};
use tokio::net::TcpStream;

use crate::support::{HOST, Server, World, get, until};

#[tokio::test]
async fn shutdown_closes_every_listener_after_requests_under_way() {
    let (world, web) = (World::new().await, Server::start("web").await);
    let (public, internal) = (World::public("/"), World::internal("web"));
    world.lead(&public, &[&web]).await;
    world.lead(&internal, &[&web]).await;
    let (port, before) = (world.port(), web.requests());
    let slow = tokio::spawn(async move { get(port, HOST, "/slow?300").await.unwrap().body });
    until("a request to arrive", || web.requests() > before).await;
    let internal_port = world.internal_port(&internal).await;
    let cut = world.proxy.shutdown(Deadline::after(&*world.env, Duration::from_secs(60))).await;
    assert_eq!((cut, slow.await.unwrap().as_str()), (0, "web"));
    for port in [port, internal_port] {
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "{port} is still open");
    }
    assert_eq!(world.proxy.stats().connections, 0);
}

#[tokio::test]
async fn shutdown_cuts_at_its_deadline() {
    let (world, web) = (World::new().await, Server::start("web").await);
    world.lead(&World::public("/"), &[&web]).await;
    let (port, before) = (world.port(), web.requests());
    let slow = tokio::spawn(async move { get(port, HOST, "/slow?600000").await });
    until("a request to arrive", || web.requests() > before).await;
    let cut = world.proxy.shutdown(Deadline::after(&*world.env, Duration::from_millis(100))).await;
    assert_eq!(cut, 1);
    assert!(slow.await.unwrap().is_err());
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_listener() {
    let world = World::new().await;
    let port = world.port();
    drop(world);
    for _ in 0..12_000 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the listener is still open");
}

#[tokio::test]
async fn a_public_port_that_is_taken_is_reported() {
    let world = World::new().await;
    let config = ProxyConfig::default();
    let bind = config.bind;
    let error = Proxy::start(config.with_bind(bind, world.port()), world.env.clone()).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::PORT_TAKEN, ErrorKind::Conflict));
}

#[tokio::test]
async fn a_table_leads_the_same_requests_to_the_same_instances_in_another_proxy() {
    let (world, web) = (World::new().await, Server::start("web").await);
    let (public, internal) = (World::public("/"), World::internal("web"));
    world.lead(&public, &[&web]).await;
    world.lead(&internal, &[&web]).await;
    let stored = serde_json::to_string(&world.proxy.snapshot()).unwrap();
    let port = world.internal_port(&internal).await;
    world.proxy.shutdown(Deadline::after(&*world.env, Duration::from_secs(60))).await;

    let next = World::new().await;
    next.proxy.restore(&serde_json::from_str(&stored).unwrap()).await.unwrap();
    assert_eq!(next.get("/").await.body, "web");
    assert_eq!(next.internal_port(&internal), port);
    assert_eq!(get(port, "x", "/").await.unwrap().body, "web");
    assert_eq!(next.proxy.observe(&next.environment).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_table_of_a_newer_version_is_refused() {
    let world = World::new().await;
    let mut stored: TableSnapshot = world.proxy.snapshot();
    stored.schema += 1;
    let error = world.proxy.restore(&stored).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::STATE_VERSION, ErrorKind::Corrupt));
}
