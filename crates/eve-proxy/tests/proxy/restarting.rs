//! A proxy that is killed and started again.

use std::future::Future;
use std::time::Duration;

use eve_core::{ChangeOutcome, Drained, OpId, Routes as _};
use eve_proxy::ProxyConfig;
use tokio::runtime::Runtime;

use crate::support::{HOST, Hesitant, Server, World, get, until};

const AMPLE: Duration = Duration::from_secs(60);

/// What lives outside the proxy's process, and where that one stores its state.
struct Outside {
    runtime: Runtime,
    folder: tempfile::TempDir,
    config: ProxyConfig,
}

impl Outside {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = World::config().with_state(folder.path().join("proxy"));
        Self { runtime: Runtime::new().unwrap(), folder, config }
    }

    fn server(&self, name: &str) -> Server {
        self.runtime.block_on(Server::start(name))
    }

    /// One life of the proxy's process: in the end everything in it is gone at once.
    fn life<T, F: Future<Output = T>>(&self, work: impl FnOnce(World) -> F) -> T {
        Runtime::new().unwrap().block_on(async { work(World::start(self.config.clone()).await.unwrap()).await })
    }
}

#[test]
fn whoever_is_not_there_any_more_is_taken_out_of_the_routes() {
    let (outside, public, internal) = (Outside::new(), World::public("/"), World::internal("api"));
    let (web, api) = (outside.server("web"), outside.server("api"));
    outside.life(async |world| {
        world.lead(&public, &[&web]).await;
        world.lead(&internal, &[&api]).await;
    });
    outside.life(async |world| {
        let there = web.target();
        assert_eq!(world.proxy.withdraw_absent(|target| *target == there).await.unwrap(), 1);
        assert_eq!(world.get("/").await.body, "web");
    });
    outside.life(async |world| {
        assert_eq!(world.proxy.withdraw_absent(|_| true).await.unwrap(), 0);
        let port = world.internal_port(&internal).await;
        assert_eq!(get(port, "api", "/").await.unwrap().status, 503);
        assert_eq!(world.switch(&internal, &[&api]).await.unwrap().outcome, ChangeOutcome::Updated);
    });
}

#[test]
fn routes_lead_where_they_led_at_the_ports_that_they_had() {
    let (outside, public, internal) = (Outside::new(), World::public("/"), World::internal("api"));
    let (web, api) = (outside.server("web"), outside.server("api"));
    let (ports, generation) = outside.life(async |world| {
        world.lead(&public, &[&web]).await;
        world.lead(&internal, &[&api]).await;
        ((world.port(), world.internal_port(&internal).await), world.proxy.stats().generation)
    });
    outside.life(async |world| {
        assert_eq!((world.port(), world.internal_port(&internal).await), ports);
        assert_eq!(world.get("/").await.body, "web");
        assert_eq!(get(ports.1, "api", "/").await.unwrap().body, "api");
        assert_eq!(world.proxy.observe(&world.environment).await.unwrap().len(), 2);
        assert!(world.proxy.stats().generation >= generation, "a version went back");
        assert_eq!(world.prepare(&internal).await.outcome, ChangeOutcome::Unchanged);
        assert_eq!(world.switch(&public, &[&web]).await.unwrap().outcome, ChangeOutcome::Unchanged);
        assert_eq!(world.switch(&public, &[&api]).await.unwrap().outcome, ChangeOutcome::Updated);
        world.proxy.close(&internal, &world.calm()).await.unwrap();
    });
    outside.life(async |world| {
        assert_eq!(world.get("/").await.body, "api");
        assert_eq!(world.proxy.observe(&world.environment).await.unwrap().len(), 1);
    });
}

#[test]
fn a_promised_address_is_kept_before_its_route_exists() {
    let mut outside = Outside::new();
    let names = ["a", "b", "c"].map(World::internal);
    let ports = async |world: World| {
        let mut ports = Vec::new();
        for name in &names {
            ports.push(world.internal_port(name).await);
        }
        ports
    };
    let before = outside.life(ports);
    // Another seed alone would choose others.
    outside.config.port_seed.push_str(" changed");
    assert_eq!(outside.life(ports), before);
}

#[test]
fn drain_numbers_are_told_until_they_are_forgotten() {
    let (outside, id) = (Outside::new(), World::public("/"));
    let (old, new) = (outside.server("old"), outside.server("new"));
    outside.life(async |world| {
        world.lead(&id, &[&old]).await;
        world.get("/").await;
        world.switch(&id, &[&new]).await.unwrap();
        assert_eq!(world.drain(&old, "drain", AMPLE).await, Drained::counted(1, 0, 0));
    });
    outside.life(async |world| {
        assert_eq!(world.drain(&old, "drain", AMPLE).await, Drained::counted(1, 0, 0));
        world.proxy.forget(&OpId::new("drain"), &world.calm()).await.unwrap();
        world.proxy.forget(&OpId::new("drain"), &world.calm()).await.unwrap();
    });
    outside.life(async |world| {
        assert_eq!(world.drain(&old, "drain", AMPLE).await, Drained::counted(0, 0, 0), "it is nobody's target");
    });
}

#[test]
fn a_drain_that_was_under_way_tells_that_its_numbers_are_unknown() {
    let (outside, id) = (Outside::new(), World::public("/"));
    let (old, new) = (outside.server("old"), outside.server("new"));
    outside.life(async |world| {
        world.lead(&id, &[&old]).await;
        let (port, before) = (world.port(), old.requests());
        let slow = tokio::spawn(async move { get(port, HOST, "/slow?600000").await });
        until("a request to arrive", || old.requests() > before).await;
        world.switch(&id, &[&new]).await.unwrap();
        let cx = world.cx("drain", AMPLE);
        let instance = old.instance();
        let drain = world.proxy.drain(&instance, &cx);
        assert!(tokio::time::timeout(Duration::from_millis(100), drain).await.is_err(), "a request is under way");
        slow.abort();
    });
    outside.life(async |world| {
        assert_eq!(world.drain(&old, "drain", AMPLE).await, Drained::default());
    });
    outside.life(async |world| {
        assert_eq!(world.drain(&old, "drain", AMPLE).await, Drained::default(), "told again");
    });
}

#[test]
fn what_ends_after_the_restart_is_counted_and_what_was_served_before_is_unknown() {
    let (outside, id) = (Outside::new(), World::public("/"));
    let (old, new) = (outside.server("old"), outside.server("new"));
    outside.life(async |world| world.lead(&id, &[&old]).await);
    outside.life(async |world| {
        let (port, before) = (world.port(), old.requests());
        let slow = tokio::spawn(async move { get(port, HOST, "/slow?300").await.unwrap().body });
        until("a request to arrive", || old.requests() > before).await;
        world.switch(&id, &[&new]).await.unwrap();
        let drained = world.drain(&old, "drain", AMPLE).await;
        assert_eq!((drained.served, drained.drained, drained.cut), (None, Some(1), Some(0)));
        assert_eq!(slow.await.unwrap(), "old");
    });
}

#[test]
fn a_swap_that_was_not_confirmed_is_no_switch_after_the_restart() {
    let (outside, id) = (Outside::new(), World::public("/"));
    let (old, new) = (outside.server("old"), outside.runtime.block_on(Hesitant::start()));
    let to = [new.target()];
    outside.life(async |world| {
        world.lead(&id, &[&old]).await;
        let cx = world.calm();
        let half_way = async {
            new.asked().await.answer().await;
            let asked = new.asked().await;
            // Another change is stored meanwhile.
            world.prepare(&World::internal("api")).await;
            asked
        };
        tokio::select! {
            switched = world.proxy.switch(&id, &to, &cx) => panic!("{switched:?} without a confirmation"),
            _asked = half_way => {}
        }
        assert_eq!(world.proxy.observe(&world.environment).await.unwrap()[1].targets, to);
    });
    outside.life(async |world| assert_eq!(world.get("/").await.body, "old"));
}

#[test]
fn changes_that_come_together_are_all_stored() {
    let outside = Outside::new();
    let names: Vec<_> = (0..40).map(|n| World::internal(&format!("s{n}"))).collect();
    outside.life(async |world| {
        futures_util::future::join_all(names.iter().map(|name| world.prepare(name))).await;
    });
    outside.life(async |world| {
        assert_eq!(world.proxy.observe(&world.environment).await.unwrap().len(), names.len());
    });
    assert!(!outside.folder.path().join("proxy/routes.json.new").exists());
}
