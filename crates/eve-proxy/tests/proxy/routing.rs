//! Which requests go where.

use eve_core::{ChangeOutcome, ErrorKind, Routes as _, codes};
use http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Server, World, environment, get};

#[tokio::test]
async fn a_request_goes_by_host_and_longest_path() {
    let (world, web, api) = (World::new().await, Server::start("web").await, Server::start("api").await);
    world.lead(&World::public("/"), &[&web]).await;
    world.lead(&World::public("/api/"), &[&api]).await;
    for (path, name) in [("/", "web"), ("/api", "api"), ("/api/v1?x=1", "api"), ("/apis", "web"), ("/x/api", "web")] {
        assert_eq!(world.get(path).await.body, name, "{path}");
    }
    let answer = get(world.port(), "WEB.Shop.Test:1234", "/").await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "web"));
}

#[tokio::test]
async fn a_stranger_s_host_is_not_found_and_the_answer_names_the_code() {
    let world = World::new().await;
    let answer = get(world.port(), "nobody.test", "/").await.unwrap();
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains(codes::ROUTE_UNKNOWN.as_str()));
}

#[tokio::test]
async fn a_request_with_two_hosts_is_refused_whichever_comes_first() {
    let (world, web) = (World::new().await, Server::start("web").await);
    world.lead(&World::public("/"), &[&web]).await;
    let before = web.requests();
    for hosts in ["host: web.shop.test\r\nhost: nobody.test", "host: nobody.test\r\nhost: web.shop.test"] {
        let mut stream = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
        let request = format!("GET / HTTP/1.1\r\n{hosts}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{hosts}: {answer}");
    }
    assert_eq!(web.requests(), before);
}

#[tokio::test]
async fn a_route_without_targets_is_unavailable() {
    let world = World::new().await;
    world.prepare(&World::public("/")).await;
    let answer = world.get("/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains(codes::ROUTE_NO_TARGET.as_str()));
}

#[tokio::test]
async fn an_instance_that_refuses_is_a_bad_gateway() {
    let (world, web) = (World::new().await, Server::start("web").await);
    world.lead(&World::public("/"), &[&web]).await;
    drop(web);
    // The server's tasks end soon after, not at once.
    for _ in 0..2000 {
        let answer = world.get("/").await;
        if answer.status == StatusCode::BAD_GATEWAY {
            assert!(answer.body.contains(codes::BACKEND_UNAVAILABLE.as_str()));
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the server was asked to end and still answers");
}

#[tokio::test]
async fn requests_take_turns_among_targets() {
    let (world, a, b) = (World::new().await, Server::start("a").await, Server::start("b").await);
    world.lead(&World::public("/"), &[&a, &b]).await;
    let (before_a, before_b) = (a.requests(), b.requests());
    for _ in 0..10 {
        world.get("/").await;
    }
    assert_eq!((a.requests() - before_a, b.requests() - before_b), (5, 5));
}

#[tokio::test]
async fn preparing_again_changes_nothing_and_another_spec_keeps_the_targets() {
    let (world, web) = (World::new().await, Server::start("web").await);
    let id = World::public("/");
    assert_eq!(world.prepare(&id).await.outcome, ChangeOutcome::Created);
    world.switch(&id, &[&web]).await.unwrap();
    assert_eq!(world.prepare(&id).await.outcome, ChangeOutcome::Unchanged);
    let mut spec = World::spec(id);
    spec.port = 81;
    assert_eq!(world.proxy.prepare(&spec, &world.calm()).await.unwrap().outcome, ChangeOutcome::Updated);
    assert_eq!(world.get("/").await.body, "web");
    let seen = world.proxy.observe(&world.environment).await.unwrap();
    assert_eq!((&seen[0].hash, &seen[0].targets), (&spec.hash().unwrap(), &vec![web.target()]));
}

#[tokio::test]
async fn two_environments_cannot_share_host_and_path() {
    let world = World::new().await;
    world.prepare(&World::public("/")).await;
    let mut other = world.calm();
    other.environment = environment("other");
    let error = world.proxy.prepare(&World::spec(World::public("/")), &other).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::ROUTE_TAKEN, ErrorKind::Conflict));
    world.proxy.prepare(&World::spec(World::public("/other")), &other).await.unwrap();
    world.proxy.close(&World::public("/"), &world.calm()).await.unwrap();
    world.proxy.prepare(&World::spec(World::public("/")), &other).await.unwrap();
    assert_eq!(world.proxy.observe(&other.environment).await.unwrap().len(), 2);
    assert_eq!(world.proxy.observe(&world.environment).await.unwrap(), []);
}

#[tokio::test]
async fn a_closed_route_is_gone_and_closing_it_again_is_skipped() {
    let (world, web) = (World::new().await, Server::start("web").await);
    let id = World::public("/");
    world.lead(&id, &[&web]).await;
    let cx = world.calm();
    assert_eq!(world.proxy.close(&id, &cx).await.unwrap().outcome, ChangeOutcome::Deleted);
    assert_eq!(world.get("/").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.proxy.close(&id, &cx).await.unwrap().outcome, ChangeOutcome::Skipped);
}
