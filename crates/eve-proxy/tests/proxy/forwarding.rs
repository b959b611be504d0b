//! Requests and answers on their way.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Client, HOST, Server, World, raw};

fn request(method: Method, path: &str, body: &'static str) -> Request<Full<Bytes>> {
    Request::builder().method(method).uri(path).header("host", HOST).body(Full::from(body)).unwrap()
}

async fn led() -> (World, Server) {
    let (world, web) = (World::new().await, Server::start("web").await);
    world.lead(&World::public("/"), &[&web]).await;
    (world, web)
}

#[tokio::test]
async fn connections_are_kept_on_both_sides() {
    let (world, web) = led().await;
    let before = web.connections();
    let mut client = Client::connect(world.port()).await.unwrap();
    for _ in 0..50 {
        assert_eq!(client.get(HOST, "/").await.unwrap().body, "web");
    }
    assert!(web.connections() - before <= 1, "{} connections", web.connections() - before);
}

#[tokio::test]
async fn a_server_that_keeps_no_connection_loses_no_request() {
    let world = World::new().await;
    let web = Server::with_keep_alive("web", false).await;
    world.lead(&World::public("/"), &[&web]).await;
    let mut client = Client::connect(world.port()).await.unwrap();
    for n in 0..50 {
        let method = if n % 2 == 0 { Method::GET } else { Method::POST };
        assert_eq!(client.ask(request(method, "/", "")).await.unwrap().body, "web");
    }
}

/// Says that it keeps the connection, and closes it just as the next request arrives.
async fn liar(socket: TcpListener) {
    loop {
        let (mut stream, _) = socket.accept().await.unwrap();
        tokio::spawn(async move {
            let mut head = [0; 4096];
            if stream.read(&mut head).await.is_ok_and(|n| n > 0) {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nliar").await.unwrap();
                let _ = stream.read(&mut head).await;
            }
        });
    }
}

#[tokio::test]
async fn a_server_that_closes_a_kept_connection_on_the_next_request_loses_none() {
    let world = World::new().await;
    let real = Server::start("liar").await;
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut target = real.target();
    target.address.port = socket.local_addr().unwrap().port();
    tokio::spawn(liar(socket));
    let id = World::public("/");
    world.prepare(&id).await;
    eve_core::Routes::switch(&world.proxy, &id, &[target], &world.calm()).await.unwrap();
    let mut client = Client::connect(world.port()).await.unwrap();
    for n in 0..200 {
        let method = [Method::GET, Method::POST, Method::DELETE, Method::PATCH][n % 4].clone();
        let answer = client.ask(request(method.clone(), "/", "")).await.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "liar"), "{method} {n}");
    }
}

#[tokio::test]
async fn bodies_pass_as_they_come() {
    let (world, _web) = led().await;
    let mut client = Client::connect(world.port()).await.unwrap();
    let mut body = client.0.send_request(request(Method::GET, "/stream?400", "")).await.unwrap().into_body();
    let mut frames = 0;
    while let Some(frame) = body.frame().await {
        assert_eq!(frame.unwrap().into_data().unwrap(), "web");
        frames += 1;
    }
    assert_eq!(frames, 4, "frames 400 ms apart must not be collected");
}

#[tokio::test]
async fn a_large_body_comes_back_whole() {
    let (world, _web) = led().await;
    let large: Bytes = (0..8_000_000_u32).map(|n| b'a' + u8::try_from(n % 26).unwrap()).collect();
    let request = Request::post("/echo").header("host", HOST).body(Full::new(large.clone())).unwrap();
    let answer = Client::connect(world.port()).await.unwrap().ask(request).await.unwrap();
    assert!(answer.body.as_bytes() == large, "{} bytes came back", answer.body.len());
}

#[tokio::test]
async fn headers_of_one_connection_stay_and_the_origin_is_added() {
    let (world, _web) = led().await;
    let head = format!(
        "GET http://{HOST}:1/headers HTTP/1.1\r\nhost: other.test\r\nconnection: close, x-secret\r\nx-secret: 1\r\n\
         keep-alive: timeout=1\r\nte: gzip\r\nproxy-authorization: x\r\nx-forwarded-for: 6.6.6.6\r\nx-kept: 1\r\n\r\n"
    );
    let answer = raw(world.port(), &head).await;
    for gone in ["x-secret", "keep-alive:", "te:", "proxy-authorization", "6.6.6.6", "other.test"] {
        assert!(!answer.contains(&format!("\n{gone}")) && !answer.contains("6.6.6.6"), "{gone}: {answer}");
    }
    for there in [
        format!("\nhost: {HOST}:1\n"),
        "\nx-kept: 1\n".to_owned(),
        "\nx-forwarded-for: 127.0.0.1\n".to_owned(),
        "\nx-forwarded-proto: http\n".to_owned(),
        format!("\nx-forwarded-host: {HOST}:1\n"),
    ] {
        assert!(format!("\n{}", answer.split("\r\n\r\n").nth(1).unwrap()).contains(&there), "{there}: {answer}");
    }
}

#[tokio::test]
async fn clients_of_version_1_0_are_served() {
    let (world, web) = led().await;
    let answer = raw(world.port(), &format!("GET /stream?10 HTTP/1.0\r\nhost: {HOST}\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nwebwebwebweb"), "{answer}");
    let internal = World::internal("web");
    world.lead(&internal, &[&web]).await;
    let answer = raw(world.internal_port(&internal).await, "GET /headers HTTP/1.0\r\n\r\n").await;
    assert!(answer.contains("host: 127.0.0.1:"), "an instance always gets a host: {answer}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let (world, _web) = led().await;
    let one = |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nhost: {HOST}\r\n{more}\r\n");
    let all = one("/slow?100", "") + &one("/headers", "x-n: 2\r\n") + &one("/slow?1", "connection: close\r\n");
    let answer = raw(world.port(), &all).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
    let second = answer.find("x-n: 2").unwrap();
    assert!(answer.find("web").unwrap() < second && answer.rfind("web").unwrap() > second, "{answer}");
}

#[tokio::test]
async fn an_answer_to_head_has_a_length_and_no_body() {
    let (world, _web) = led().await;
    let mut client = Client::connect(world.port()).await.unwrap();
    for _ in 0..3 {
        let answer = client.ask(request(Method::HEAD, "/", "")).await.unwrap();
        assert_eq!((answer.headers["content-length"].to_str().unwrap(), answer.body.as_str()), ("3", ""));
    }
}

#[tokio::test]
async fn a_client_that_waits_is_told_to_go_on() {
    let (world, _web) = led().await;
    let mut stream = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
    let head = format!(
        "POST /echo HTTP/1.1\r\nhost: {HOST}\r\nexpect: 100-continue\r\ncontent-length: 4\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 21];
    tokio::time::timeout(Duration::from_secs(60), stream.read_exact(&mut told)).await.unwrap().unwrap();
    assert!(told.starts_with(b"HTTP/1.1 100 Continue"));
    stream.write_all(b"body").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("HTTP/1.1 200 OK") && answer.ends_with("body"), "{answer}");
}

#[tokio::test]
async fn a_chunked_request_arrives_as_its_bytes() {
    let (world, _web) = led().await;
    let head =
        format!("POST /echo HTTP/1.1\r\nhost: {HOST}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n");
    let answer = raw(world.port(), &(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")).await;
    assert!(answer.contains("\r\n5\r\nabcde\r\n") || answer.contains("3\r\nabc\r\n2\r\nde\r\n"), "{answer}");
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up() {
    let world = World::with(|config| config.with_header_timeout(Duration::from_millis(200))).await;
    let answer = raw(world.port(), "GET / HTTP/1.1\r\nhost: a").await;
    assert!(!answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn connections_above_the_limit_wait_for_a_place() {
    let world = World::with(|config| config.with_max_connections(2)).await;
    let web = Server::start("web").await;
    world.lead(&World::public("/"), &[&web]).await;
    let mut first = Client::connect(world.port()).await.unwrap();
    let mut second = Client::connect(world.port()).await.unwrap();
    first.get(HOST, "/").await.unwrap();
    second.get(HOST, "/").await.unwrap();
    let port = world.port();
    let third = tokio::spawn(async move { Client::connect(port).await.unwrap().get(HOST, "/").await.unwrap().body });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!third.is_finished());
    drop(first);
    assert_eq!(third.await.unwrap(), "web");
}

#[tokio::test]
async fn it_is_no_forward_proxy() {
    let (world, _web) = led().await;
    let head = format!("CONNECT {HOST}:80 HTTP/1.1\r\nhost: {HOST}:80\r\nconnection: close\r\n\r\n");
    assert!(raw(world.port(), &head).await.starts_with("HTTP/1.1 405"));
}
