//! Ports that only one can have.

use std::net::TcpListener;

use eve::desired::Service;
use eve::{Embedded, codes};

use crate::client;
use crate::shop::{project, service};
use crate::stage::{Stage, fault_of, lives};

/// A service that is published at a fixed port of the machine.
pub(crate) fn fixed(role: &str, port: u16) -> Service {
    let mut service = service(role);
    service.ports[0].published = Some(port);
    service
}

/// A port that nobody had a moment ago.
pub(crate) fn free() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("a listener has an address").port()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ingress_whose_port_is_taken_says_so_and_gives_the_state_back() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = taken.local_addr().expect("a listener has an address").port();
    let dir = tempfile::tempdir().expect("a temporary folder");
    let config = eve::EmbeddedConfig::new(dir.path());
    let error = Embedded::open(config.clone().with_ingress_port(port)).await.expect_err("the port is taken");
    assert_eq!(error.code(), &codes::PORT_TAKEN);
    assert!(error.hint().is_some());
    let eve = Embedded::open(config).await.expect("the state was given back");
    assert_ne!(eve.ingress_port().await.expect("it listens"), port);
    eve.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_at_a_fixed_port_is_down_while_it_is_replaced_and_the_plan_says_so() {
    let stage = Stage::open().await;
    let port = free();
    stage.succeed(project([("web", fixed("serve r1", port))])).await;
    let before = client::get(port, "localhost").await.expect("web answers at its port");
    let old = before.strip_prefix("r1 ").expect("r1 tells its process");

    let next = project([("web", fixed("serve r2", port))]);
    let plan = stage.eve.engine().plan(&stage.request(next.clone())).await.expect("a plan is made").plan;
    assert!(plan.notes.iter().any(|note| note.contains("web") && note.contains("is down")), "{:?}", plan.notes);
    stage.succeed(next).await;
    assert!(!lives(old).await);
    let after = client::get(port, "localhost").await.expect("web answers at its port");
    assert!(after.starts_with("r2 "), "{after}");
    assert_eq!(stage.get().await, after);
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_fixed_port_somebody_else_has_fails_by_name_and_works_once_it_is_free() {
    let stage = Stage::open().await;
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = taken.local_addr().expect("a listener has an address").port();
    let shop = || project([("web", fixed("serve r1", port))]);
    let report = stage.deploy(shop()).await;
    let fault = fault_of(&report);
    assert_eq!(fault.code, codes::PORT_TAKEN);
    assert!(fault.message.contains(&port.to_string()), "{fault}");
    stage.expect_nothing().await;
    drop(taken);
    stage.succeed(shop()).await;
    stage.delete().await;
}
