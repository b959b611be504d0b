//! Connections to instances, and what becomes of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use eve_core::{Drained, RouteTarget, Routes as _};
use http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Client, HOST, Server, World, until};

const AMPLE: Duration = Duration::from_secs(60);
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nsame";

/// An instance whose connections are served by hand, and a route to it.
async fn by_hand() -> (World, Server, RouteTarget, TcpListener) {
    let (world, stand_in) = (World::new().await, Server::start("by-hand").await);
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut target = stand_in.target();
    target.address.port = socket.local_addr().unwrap().port();
    (world, stand_in, target, socket)
}

async fn lead(world: &World, target: RouteTarget) {
    let id = World::public("/");
    world.prepare(&id).await;
    world.proxy.switch(&id, &[target], &world.calm()).await.unwrap();
}

/// Reads the head of a request. False if the other side closed instead.
async fn head(stream: &mut TcpStream) -> bool {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return false;
        }
        head.push(byte[0]);
    }
    true
}

/// Answers as if it kept its connections, and closes each one a moment later.
async fn impatient(socket: TcpListener, closed: Arc<AtomicU64>) {
    loop {
        let (mut stream, _) = socket.accept().await.unwrap();
        let closed = Arc::clone(&closed);
        tokio::spawn(async move {
            if head(&mut stream).await {
                stream.write_all(ANSWER).await.unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            drop(stream);
            closed.fetch_add(1, Ordering::SeqCst);
        });
    }
}

#[tokio::test]
async fn an_instance_that_closes_its_idle_connections_loses_no_request() {
    let (world, _stand_in, target, socket) = by_hand().await;
    let closed = Arc::new(AtomicU64::new(0));
    tokio::spawn(impatient(socket, Arc::clone(&closed)));
    lead(&world, target).await;
    let mut client = Client::connect(world.port()).await.unwrap();
    for _ in 0..30 {
        let before = closed.load(Ordering::SeqCst);
        let answer = client.get(HOST, "/").await.unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "same"));
        until("the instance to close", || closed.load(Ordering::SeqCst) > before).await;
    }
}

#[tokio::test]
async fn a_connection_to_an_instance_is_not_used_again_once_it_is_old() {
    for (age, connections) in [(AMPLE, 1), (Duration::ZERO, 5)] {
        let world = World::with(|config| config.with_upstream_timeouts(AMPLE, AMPLE).with_reuse_within(age)).await;
        let server = Server::start("one").await;
        world.lead(&World::public("/"), &[&server]).await;
        let mut client = Client::connect(world.port()).await.unwrap();
        client.get(HOST, "/").await.unwrap();
        let before = server.connections();
        for _ in 0..4 {
            assert_eq!(client.get(HOST, "/").await.unwrap().status, StatusCode::OK);
        }
        assert_eq!(server.connections() - before, connections - 1);
    }
}

#[tokio::test]
async fn an_idle_connection_that_the_instance_closes_is_closed_soon() {
    let world = World::with(|config| config.with_upstream_timeouts(AMPLE, Duration::from_secs(600))).await;
    let (_, stand_in, target, socket) = by_hand().await;
    let (begun, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let counts = (Arc::clone(&begun), Arc::clone(&ended));
    tokio::spawn(async move {
        let _stand_in = stand_in;
        loop {
            let (mut stream, _) = socket.accept().await.unwrap();
            let (begun, ended) = counts.clone();
            begun.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                if head(&mut stream).await {
                    stream.write_all(ANSWER).await.unwrap();
                    stream.shutdown().await.unwrap();
                    while head(&mut stream).await {}
                }
                ended.fetch_add(1, Ordering::SeqCst);
            });
        }
    });
    lead(&world, target).await;
    world.get("/").await;
    let counted = || (begun.load(Ordering::SeqCst), ended.load(Ordering::SeqCst));
    until("every connection to be closed", || counted().0 >= 1 && counted().0 == counted().1).await;
}

/// Answers for ever, as fast as it is read; says when that ends.
async fn endless(socket: TcpListener, began: Arc<AtomicU64>, ended: Arc<AtomicU64>) {
    loop {
        let (mut stream, _) = socket.accept().await.unwrap();
        let (began, ended) = (Arc::clone(&began), Arc::clone(&ended));
        tokio::spawn(async move {
            while head(&mut stream).await {
                if began.fetch_add(1, Ordering::SeqCst) < 2 {
                    // The confirmations of the switch.
                    stream.write_all(ANSWER).await.unwrap();
                    continue;
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n").await.unwrap();
                while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
                ended.fetch_add(1, Ordering::SeqCst);
                return;
            }
        });
    }
}

#[tokio::test]
async fn a_cut_ends_an_answer_in_the_middle_whether_its_client_reads_or_not() {
    let (world, old, target, socket) = by_hand().await;
    let (began, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    tokio::spawn(endless(socket, Arc::clone(&began), Arc::clone(&ended)));
    lead(&world, target).await;
    assert_eq!(began.load(Ordering::SeqCst), 2);
    let request = format!("GET / HTTP/1.1\r\nhost: {HOST}\r\n\r\n");
    let mut lazy = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
    lazy.write_all(request.as_bytes()).await.unwrap();
    let mut eager = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
    eager.write_all(request.as_bytes()).await.unwrap();
    let reading = tokio::spawn(async move { tokio::io::copy(&mut eager, &mut tokio::io::sink()).await });
    until("both answers to begin", || began.load(Ordering::SeqCst) == 4).await;
    // Time for every buffer to the one who reads nothing to fill up.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let new = Server::start("new").await;
    world.switch(&World::public("/"), &[&new]).await.unwrap();
    assert_eq!(ended.load(Ordering::SeqCst), 0);
    assert_eq!(world.drain(&old, "drain", Duration::from_millis(50)).await, Drained::counted(0, 0, 2));
    until("the instance to be rid of both", || ended.load(Ordering::SeqCst) == 2).await;
    let read = tokio::time::timeout(AMPLE, reading).await.unwrap().unwrap();
    assert!(read.is_err() || read.is_ok_and(|n| n < 1_000_000_000_000));
    drop(lazy);
}

#[tokio::test]
async fn an_early_answer_ends_no_upload() {
    const LENGTH: usize = 4_000_000;
    let (world, _stand_in, target, socket) = by_hand().await;
    let received = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&received);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = socket.accept().await.unwrap();
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                while head(&mut stream).await {
                    stream.write_all(ANSWER).await.unwrap();
                    if counted.load(Ordering::SeqCst) == 1 {
                        let mut body = vec![0; LENGTH];
                        stream.read_exact(&mut body).await.unwrap();
                        counted.store(2, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    lead(&world, target).await;
    received.store(1, Ordering::SeqCst);
    let mut stream = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
    let begin = format!("POST / HTTP/1.1\r\nhost: {HOST}\r\ncontent-length: {LENGTH}\r\n\r\n");
    stream.write_all(begin.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"same") {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(received.load(Ordering::SeqCst), 1, "the answer came first");
    stream.write_all(&vec![b'x'; LENGTH]).await.unwrap();
    until("the whole upload to arrive", || received.load(Ordering::SeqCst) == 2).await;
    stream.write_all(format!("GET / HTTP/1.1\r\nhost: {HOST}\r\n\r\n").as_bytes()).await.unwrap();
    answer.clear();
    while !answer.ends_with(b"same") {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "the connection is kept");
    }
}
