//! Addresses of routes.

use eve_core::{ErrorKind, Routes as _, codes};
use tokio::net::TcpListener;

use crate::support::{Client, Server, World};

#[tokio::test]
async fn an_internal_address_is_told_before_the_route_exists_and_survives_switches() {
    let world = World::new().await;
    let id = World::internal("api");
    let port = world.internal_port(&id).await;
    let first = Server::start("1").await;
    world.lead(&id, &[&first]).await;
    let mut client = Client::connect(port).await.unwrap();
    assert_eq!(client.get("anything", "/").await.unwrap().body, "1");
    for n in 2..5 {
        let name = n.to_string();
        let next = Server::start(&name).await;
        world.switch(&id, &[&next]).await.unwrap();
        assert_eq!(client.get("anything", "/").await.unwrap().body, name);
        assert_eq!(world.internal_port(&id).await, port);
    }
}

#[tokio::test]
async fn services_have_addresses_of_their_own() {
    let world = World::new().await;
    let (a, b) = (Server::start("a").await, Server::start("b").await);
    world.lead(&World::internal("a"), &[&a]).await;
    world.lead(&World::internal("b"), &[&b]).await;
    for name in ["a", "b"] {
        let port = world.internal_port(&World::internal(name)).await;
        assert_eq!(Client::connect(port).await.unwrap().get("x", "/").await.unwrap().body, name);
    }
}

#[tokio::test]
async fn a_taken_port_is_reported_and_the_next_planning_chooses_another() {
    let world = World::new().await;
    let id = World::internal("api");
    let port = world.internal_port(&id).await;
    let _squatter = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let error = world.proxy.prepare(&World::spec(id.clone()), &world.calm()).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::PORT_TAKEN, ErrorKind::Conflict));
    assert_ne!(world.internal_port(&id).await, port);
    world.prepare(&id).await;
}

#[tokio::test]
async fn a_closed_internal_route_frees_its_port() {
    let world = World::new().await;
    let id = World::internal("api");
    world.prepare(&id).await;
    let port = world.internal_port(&id).await;
    world.proxy.close(&id, &world.calm()).await.unwrap();
    TcpListener::bind(("127.0.0.1", port)).await.unwrap();
}

#[tokio::test]
async fn a_public_address_has_host_port_and_path_without_a_trailing_slash() {
    let world = World::new().await;
    let address =
        async |path| world.proxy.address(&world.environment, &World::spec(World::public(path))).await.unwrap();
    let base = format!("http://web.shop.test:{}", world.port());
    assert_eq!(address("/").await, base);
    assert_eq!(address("/api/").await, format!("{base}/api"));
}
