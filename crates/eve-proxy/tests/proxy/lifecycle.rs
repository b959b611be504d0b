//! The proxy's own beginning and end.

use std::sync::Arc;
use std::time::Duration;

use eve_core::{Deadline, ErrorKind, codes};
use eve_proxy::{Proxy, ProxyConfig};
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
    let error =
        Proxy::start(config.with_bind(bind, world.port()), world.env.clone(), Arc::default()).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::PORT_TAKEN, ErrorKind::Conflict));
}
