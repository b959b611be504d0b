//! Upgraded connections.

use std::time::Duration;

use eve_core::Drained;
use eve_proxy::UpgradePolicy;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Client, HOST, Server, World, until};

async fn open(port: u16) -> TokioIo<Upgraded> {
    let mut client = Client::connect(port).await.unwrap();
    let request =
        Request::get("/socket").header("host", HOST).header("connection", "upgrade").header("upgrade", "echo");
    let response = client.0.send_request(request.body(Full::default()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(response.headers()["upgrade"], "echo");
    TokioIo::new(hyper::upgrade::on(response).await.unwrap())
}

async fn echoes(socket: &mut TokioIo<Upgraded>) {
    socket.write_all(b"hello").await.unwrap();
    let mut back = [0; 5];
    socket.read_exact(&mut back).await.unwrap();
    assert_eq!(&back, b"hello");
}

/// Waits for the end that the proxy makes.
async fn ends(mut socket: TokioIo<Upgraded>) {
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(60), socket.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the socket is still open");
}

#[tokio::test]
async fn an_upgraded_connection_survives_the_switch_and_is_cut_at_the_deadline() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let mut socket = open(world.port()).await;
    echoes(&mut socket).await;
    world.switch(&id, &[&new]).await.unwrap();
    echoes(&mut socket).await;
    assert_eq!(world.proxy.stats().in_flight, 1);
    let drained = world.drain(&old, "drain", Duration::from_millis(100)).await;
    assert_eq!(drained, Drained::counted(0, 0, 1));
    ends(socket).await;
}

#[tokio::test]
async fn an_upgraded_connection_that_its_client_ends_is_drained() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let mut socket = open(world.port()).await;
    echoes(&mut socket).await;
    world.switch(&id, &[&new]).await.unwrap();
    let (drained, ()) = tokio::join!(world.drain(&old, "drain", Duration::from_secs(60)), async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(socket);
    });
    assert_eq!(drained, Drained::counted(0, 1, 0));
}

#[tokio::test]
async fn upgraded_connections_are_cut_by_the_switch_where_that_is_the_policy() {
    let world = World::with(|config| config.with_upgrades(UpgradePolicy::CutAtOnce)).await;
    let (old, new) = (Server::start("old").await, Server::start("new").await);
    let id = World::public("/");
    world.lead(&id, &[&old]).await;
    let mut socket = open(world.port()).await;
    echoes(&mut socket).await;
    world.switch(&id, &[&new]).await.unwrap();
    ends(socket).await;
    assert_eq!(world.drain(&old, "drain", Duration::from_secs(60)).await, Drained::counted(0, 0, 1));
}

#[tokio::test]
async fn an_upgrade_that_the_instance_ignores_is_an_ordinary_answer() {
    let (world, web) = (World::new().await, Server::start("web").await);
    world.lead(&World::public("/"), &[&web]).await;
    let request = Request::get("/").header("host", HOST).header("connection", "upgrade").header("upgrade", "echo");
    let mut client = Client::connect(world.port()).await.unwrap();
    let answer = client.ask(request.body(Full::default()).unwrap()).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "web"));
    until("the request to end", || world.proxy.stats().in_flight == 0).await;
}
