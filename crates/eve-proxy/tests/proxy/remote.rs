//! Routes through a channel.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eve_core::control::{Channel as _, Message, Part as _};
use eve_core::memory::MemoryChannel;
use eve_core::{
    Cancel, Drained, Env, ErrorKind, Fence, Fences, OpId, Result, RouteTarget, Routes, ServiceName, SystemEnv, codes,
};
use eve_proxy::{Proxy, ProxyPart, RemoteRoutes};
use eve_testkit::RoutesHarness;
use futures_util::StreamExt as _;

use crate::support::{HOST, Server, World, get, until};

fn channel(proxy: &Proxy, env: &Arc<dyn Env>) -> MemoryChannel {
    let part: Arc<dyn eve_core::control::Part> = Arc::new(ProxyPart::new(proxy.clone()));
    MemoryChannel::new(Arc::clone(env), [part])
}

fn remote(world: &World) -> RemoteRoutes {
    RemoteRoutes::new(Arc::new(channel(&world.proxy, &world.env)))
}

struct Remote;

#[async_trait]
impl RoutesHarness for Remote {
    async fn routes(&self) -> Result<Arc<dyn Routes>> {
        let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
        let proxy = Proxy::start(World::config(), Arc::clone(&env), Arc::new(Fences::new())).await?;
        Ok(Arc::new(RemoteRoutes::new(Arc::new(channel(&proxy, &env)))))
    }
}

eve_testkit::routes_conformance!(conformance, Remote);

/// Code, kind, hint and chain of two errors are the same.
fn assert_same<T: Debug, U: Debug>(there: Result<T>, here: Result<U>) {
    let (there, here) = (there.unwrap_err(), here.unwrap_err());
    assert_eq!((there.code(), there.kind(), there.hint()), (here.code(), here.kind(), here.hint()));
    assert_eq!(there.chain(), here.chain());
}

#[tokio::test]
async fn errors_come_through_as_they_are() {
    let (world, web) = (World::new().await, Server::start("web").await);
    let (there, here, id) = (remote(&world), &world.proxy, World::public("/"));
    let (cx, to) = (world.calm(), [web.target()]);
    assert_same(there.switch(&id, &to, &cx).await, here.switch(&id, &to, &cx).await);
    world.prepare(&id).await;
    assert_same(there.switch(&id, &[], &cx).await, here.switch(&id, &[], &cx).await);
    there.fencing().unwrap().raise(&world.environment, Fence::new(2)).await.unwrap();
    assert_same(there.close(&id, &cx).await, here.close(&id, &cx).await);
    let lower = Fence::new(1);
    assert_same(
        there.fencing().unwrap().raise(&world.environment, lower).await,
        here.fencing().unwrap().raise(&world.environment, lower).await,
    );
}

#[tokio::test]
async fn answers_are_the_proxys_own() {
    let (world, web) = (World::new().await, Server::start("web").await);
    let (there, internal) = (remote(&world), World::internal("api"));
    let spec = World::spec(internal.clone());
    assert_eq!(there.ingress_port().await.unwrap(), world.port());
    let address = there.address(&world.environment, &spec).await.unwrap();
    assert_eq!(address, world.proxy.address(&world.environment, &spec).await.unwrap());
    there.prepare(&spec, &world.calm()).await.unwrap();
    there.switch(&internal, &[web.target()], &world.calm()).await.unwrap();
    let observed = there.observe(&world.environment).await.unwrap();
    assert_eq!(observed, world.proxy.observe(&world.environment).await.unwrap());
    assert_eq!(observed[0].targets, [web.target()]);
    assert_eq!(there.stats().await.unwrap(), world.proxy.stats());
}

#[tokio::test]
async fn a_deadline_and_a_cancellation_reach_the_drain() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let (there, id) = (remote(&world), World::public("/"));
    world.lead(&id, &[&old]).await;
    let (port, before) = (world.port(), old.requests());
    let slow = tokio::spawn(async move { get(port, HOST, "/slow?600000").await });
    until("a request to arrive", || old.requests() > before).await;
    world.switch(&id, &[&new]).await.unwrap();

    let cancel = Cancel::new();
    let (instance, cx) = (old.instance(), world.calm().with_cancel(cancel.clone()));
    let (drained, ()) = tokio::join!(there.drain(&instance, &cx), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        cancel.cancel();
    });
    assert_eq!(drained.unwrap_err().code(), &codes::CANCELLED);
    let cx = world.cx("drain", Duration::from_millis(100));
    let drained = there.drain(&instance, &cx).await.unwrap();
    assert_eq!(drained, Drained::counted(0, 0, 1));
    assert_eq!(there.drain(&instance, &cx).await.unwrap(), drained);
    there.forget(&OpId::new("drain"), &world.calm()).await.unwrap();
    assert_eq!(there.drain(&instance, &cx).await.unwrap(), Drained::counted(0, 0, 0));
    drop(slow);
}

#[tokio::test]
async fn who_stops_waiting_stops_no_switch() {
    let (world, web) = (World::new().await, Server::start("web").await);
    let (there, id) = (remote(&world), World::public("/"));
    world.prepare(&id).await;
    let (to, cx): ([RouteTarget; 1], _) = ([web.target()], world.calm());
    tokio::select! {
        biased;
        switched = there.switch(&id, &to, &cx) => panic!("{switched:?} at once"),
        () = tokio::task::yield_now() => {}
    }
    let board = world.proxy.clone();
    until("the switch", || board.stats().generation >= 3).await;
    assert_eq!(world.get("/").await.body, "web");
}

#[tokio::test]
async fn a_part_is_idle_when_it_holds_nothing_that_has_to_live_on() {
    let (world, old, new) = (World::new().await, Server::start("old").await, Server::start("new").await);
    let (part, id) = (ProxyPart::new(world.proxy.clone()), World::public("/"));
    let api = ServiceName::new("api").unwrap();
    assert!(part.is_idle());
    world.internal_port(&eve_core::RouteId::Internal { service: api }).await;
    assert!(part.is_idle(), "a promised address is stored, and nobody is served there");
    world.lead(&id, &[&old]).await;
    assert!(!part.is_idle(), "there is a route");
    world.switch(&id, &[&new]).await.unwrap();
    world.drain(&old, "drain", Duration::from_secs(60)).await;
    world.proxy.close(&id, &world.calm()).await.unwrap();
    assert!(!part.is_idle(), "there are numbers that nobody has journaled");
    world.proxy.forget(&OpId::new("drain"), &world.calm()).await.unwrap();
    assert!(part.is_idle());
}

#[tokio::test]
async fn a_message_that_is_not_understood_changes_nothing() {
    let world = World::new().await;
    let channel = channel(&world.proxy, &world.env);
    for text in ["{}", r#"{"explode":{}}"#, r#"{"observe":{"environment":"acme/shop/test","and":1}}"#, "nonsense"] {
        let asked = channel.call(&ProxyPart::NAME, Message::from_text(text), &Cancel::new()).await;
        let error = asked.unwrap_err();
        assert_eq!((error.code(), error.kind()), (&codes::CONTROL_MALFORMED, ErrorKind::Invalid), "{text}");
    }
    let items: Vec<_> = channel.stream(&ProxyPart::NAME, Message::from_text("{}")).collect().await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].as_ref().unwrap_err().code(), &codes::CONTROL_MALFORMED);
    assert_eq!(world.proxy.stats().generation, 0);
}

#[tokio::test]
async fn a_part_that_is_shut_down_listens_nowhere() {
    let world = World::new().await;
    let port = world.port();
    ProxyPart::new(world.proxy.clone()).with_patience(Duration::from_secs(20)).shut_down().await;
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
}
