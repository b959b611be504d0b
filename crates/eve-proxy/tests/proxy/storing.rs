//! The stored state: whose it is, and what is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use eve_core::{ChangeOutcome, Deadline, Error, ErrorKind, Routes as _, codes};
use eve_proxy::ProxyConfig;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::{Server, World, get};

struct State {
    folder: TempDir,
    config: ProxyConfig,
}

impl State {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = World::config().with_state(folder.path().join("proxy"));
        Self { folder, config }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("proxy/routes.json")
    }

    async fn start(&self) -> World {
        World::start(self.config.clone()).await.unwrap()
    }

    async fn refused(&self) -> Error {
        World::start(self.config.clone()).await.map(|_| ()).unwrap_err()
    }
}

async fn shut_down(world: &World) {
    world.proxy.shutdown(Deadline::after(&*world.env, std::time::Duration::from_secs(60))).await;
}

#[tokio::test]
async fn the_state_is_its_owners_alone() {
    let state = State::new();
    let world = state.start().await;
    world.prepare(&World::public("/")).await;
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(state.file()), mode(state.folder.path().join("proxy"))), (0o600, 0o700));
}

#[tokio::test]
async fn a_newer_form_is_refused_and_left_alone() {
    let state = State::new();
    shut_down(&state.start().await).await;
    let newer = br#"{"schema":2,"something":"else"}"#;
    fs::write(state.file(), newer).unwrap();
    let error = state.refused().await;
    assert_eq!((error.code(), error.kind()), (&codes::STATE_VERSION, ErrorKind::Corrupt));
    assert!(error.hint().is_some());
    assert_eq!(fs::read(state.file()).unwrap(), newer);
}

#[tokio::test]
async fn a_damaged_state_is_refused_and_left_alone() {
    let state = State::new();
    let world = state.start().await;
    world.prepare(&World::internal("api")).await;
    shut_down(&world).await;
    let whole = fs::read(state.file()).unwrap();
    for damaged in [&whole[..whole.len() / 2], b"", br#"{"schema":1}"#, b"\0\0\0\0"] {
        fs::write(state.file(), damaged).unwrap();
        let error = state.refused().await;
        assert_eq!((error.code(), error.kind()), (&codes::STATE_UNREADABLE, ErrorKind::Corrupt));
        assert_eq!(fs::read(state.file()).unwrap(), damaged);
    }
    fs::write(state.file(), whole).unwrap();
    assert_eq!(state.start().await.proxy.stats().routes, 1);
}

#[tokio::test]
async fn a_stored_public_port_that_is_taken_is_reported_and_another_can_be_asked_for() {
    let mut state = State::new();
    let world = state.start().await;
    let port = world.port();
    shut_down(&world).await;
    let stranger = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let error = state.refused().await;
    assert_eq!((error.code(), error.kind()), (&codes::PORT_TAKEN, ErrorKind::Conflict));

    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    state.config.port = free;
    let world = state.start().await;
    assert_eq!(world.port(), free);
    shut_down(&world).await;
    drop(stranger);
    state.config.port = 0;
    assert_eq!(state.start().await.port(), free, "the last one is the one that is kept");
}

#[tokio::test]
async fn a_stored_internal_port_that_is_taken_shuts_its_own_route_alone_until_it_is_free() {
    let (state, public, api, db) = (State::new(), World::public("/"), World::internal("api"), World::internal("db"));
    let (world, web) = (state.start().await, Server::start("web").await);
    for id in [&public, &api, &db] {
        world.lead(id, &[&web]).await;
    }
    let ports = [world.internal_port(&api).await, world.internal_port(&db).await];
    shut_down(&world).await;
    let stranger = TcpListener::bind(("127.0.0.1", ports[0])).await.unwrap();

    let world = state.start().await;
    assert_eq!(world.get("/").await.body, "web");
    assert_eq!(get(ports[1], "db", "/").await.unwrap().body, "web");
    let led = world.proxy.observe(&world.environment).await.unwrap().into_iter().map(|route| route.targets.len());
    assert_eq!(led.collect::<Vec<_>>(), [0, 1, 1], "api leads nowhere");
    let spec = World::spec(api.clone());
    for _ in 0..2 {
        let error = world.proxy.prepare(&spec, &world.calm()).await.unwrap_err();
        assert_eq!((error.code(), error.kind()), (&codes::PORT_TAKEN, ErrorKind::Conflict));
        assert!(error.hint().is_some());
        assert_eq!(world.switch(&api, &[&web]).await.unwrap_err().code(), &codes::PORT_TAKEN);
        assert_eq!(world.internal_port(&api).await, ports[0], "its address is the same for its whole life");
    }
    drop(stranger);
    assert_eq!(world.switch(&api, &[&web]).await.unwrap().outcome, ChangeOutcome::Unchanged);
    assert_eq!(get(ports[0], "api", "/").await.unwrap().body, "web");
}

#[tokio::test]
async fn a_route_that_stays_shut_is_prepared_once_its_port_is_free_and_closed_at_any_time() {
    let (state, api, db) = (State::new(), World::internal("api"), World::internal("db"));
    let world = state.start().await;
    world.prepare(&api).await;
    world.prepare(&db).await;
    let ports = [world.internal_port(&api).await, world.internal_port(&db).await];
    shut_down(&world).await;
    let mut strangers = Vec::new();
    for port in ports {
        strangers.push(TcpListener::bind(("127.0.0.1", port)).await.unwrap());
    }
    let world = state.start().await;
    assert_eq!(world.proxy.close(&db, &world.calm()).await.unwrap().outcome, ChangeOutcome::Deleted);
    assert_eq!(world.prepare(&db).await.outcome, ChangeOutcome::Created);
    assert_ne!(world.internal_port(&db).await, ports[1], "a new route has an address that can be had");
    drop(strangers);
    assert_eq!(world.prepare(&api).await.outcome, ChangeOutcome::Unchanged);
    assert_eq!(get(ports[0], "api", "/").await.unwrap().status, 503);
}

#[tokio::test]
async fn what_cannot_be_stored_is_reported_and_stored_when_it_is_asked_for_again() {
    let (state, id) = (State::new(), World::public("/"));
    let (world, web) = (state.start().await, Server::start("web").await);
    world.prepare(&id).await;
    let in_the_way = state.folder.path().join("proxy/routes.json.new");
    fs::create_dir(&in_the_way).unwrap();
    let error = world.switch(&id, &[&web]).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), (&codes::STATE_IO, true));
    assert_eq!(world.switch(&id, &[&web]).await.unwrap_err().code(), &codes::STATE_IO, "it is still not stored");
    fs::remove_dir(&in_the_way).unwrap();
    assert_eq!(world.switch(&id, &[&web]).await.unwrap().outcome, ChangeOutcome::Unchanged);
    shut_down(&world).await;
    let world = state.start().await;
    assert_eq!(world.proxy.observe(&world.environment).await.unwrap()[0].targets, [web.target()]);
}
