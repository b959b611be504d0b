//! Switches under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, Request, StatusCode};
use http_body_util::Full;
use tokio_util::task::TaskTracker;

use crate::support::{Client, HOST, Server, World};

const SWITCHES: usize = 25;
const KEPT: usize = 8;

#[derive(Default)]
struct Tally {
    ok: AtomicU64,
    lost: AtomicU64,
    stop: AtomicBool,
}

impl Tally {
    async fn ask(&self, client: &mut Client, n: usize) {
        // Mostly short, some that last, some that stream; every third one must not be sent twice.
        let path = match n % 20 {
            7 => "/slow?60",
            13 => "/stream?20",
            _ => "/",
        };
        let method = if n.is_multiple_of(3) { Method::POST } else { Method::GET };
        let request = Request::builder().method(method).uri(path).header("host", HOST).body(Full::default()).unwrap();
        let done = client.ask(request).await;
        let good = done.as_ref().is_ok_and(|answer| answer.status == StatusCode::OK && answer.body.contains("release"));
        if good {
            self.ok.fetch_add(1, Ordering::Relaxed);
        } else {
            self.lost.fetch_add(1, Ordering::Relaxed);
            eprintln!("lost {n} {path}: {done:?}");
        }
    }
}

/// A client that keeps its connection and never tries twice.
async fn kept(tally: Arc<Tally>, port: u16, offset: usize) {
    let mut client = Client::connect(port).await.unwrap();
    let mut n = offset;
    while !tally.stop.load(Ordering::Relaxed) {
        tally.ask(&mut client, n).await;
        n += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Begins a request on a new connection at a fixed rate, whether or not earlier ones are answered.
async fn open_loop(tally: Arc<Tally>, port: u16) {
    let all = TaskTracker::new();
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    let mut n = 0;
    while !tally.stop.load(Ordering::Relaxed) {
        tick.tick().await;
        let tally = Arc::clone(&tally);
        all.spawn(async move {
            match Client::connect(port).await {
                Ok(mut client) => tally.ask(&mut client, n).await,
                Err(error) => {
                    tally.lost.fetch_add(1, Ordering::Relaxed);
                    eprintln!("lost {n}: {error}");
                }
            }
        });
        n += 1;
    }
    all.close();
    all.wait().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_lost_when_rude_releases_follow_each_other() {
    let world = World::new().await;
    let id = World::public("/");
    let mut present = Server::start("release-0").await;
    world.lead(&id, &[&present]).await;

    let tally = Arc::new(Tally::default());
    let load = TaskTracker::new();
    for n in 0..KEPT {
        load.spawn(kept(Arc::clone(&tally), world.port(), n));
    }
    load.spawn(open_loop(Arc::clone(&tally), world.port()));
    load.close();

    let (mut told, mut cut) = (0, 0);
    for n in 1..=SWITCHES {
        tokio::time::sleep(Duration::from_millis(60)).await;
        let next = Server::start(&format!("release-{n}")).await;
        world.switch(&id, &[&next]).await.unwrap();
        let old = std::mem::replace(&mut present, next);
        let switched = old.requests();
        let drained = world.drain(&old, &format!("drain {n}"), Duration::from_secs(60)).await;
        told += drained.served.unwrap() + drained.drained.unwrap();
        cut += drained.cut.unwrap();
        // What was claimed before the switch may arrive after it, and nothing after the drain.
        let ended = old.requests();
        assert!(ended >= switched);
        drop(old);
    }
    tally.stop.store(true, Ordering::Relaxed);
    load.wait().await;
    world.switch(&id, &[&Server::start("release-last").await]).await.unwrap();
    told += world.drain(&present, "drain last", Duration::from_secs(60)).await.served.unwrap();

    let (ok, lost) = (tally.ok.load(Ordering::Relaxed), tally.lost.load(Ordering::Relaxed));
    assert_eq!((lost, cut), (0, 0), "{ok} answered");
    assert!(ok > 500, "{ok} answered");
    assert_eq!(told, ok, "the drains count what the clients count");
}
