//! Health checks.

use std::time::Duration;

use eve_core::desired::{HealthCheck, Port, Probe, Service};
use eve_core::{ObjectState, Verdict, codes};

use crate::place::{Place, service};

fn checked(mut service: Service, probe: Probe) -> Service {
    service.ports.push(Port::tcp(80));
    let mut check = HealthCheck::new(probe);
    check.interval = Duration::from_millis(50);
    service.health = Some(check);
    service
}

#[tokio::test]
async fn an_http_check_passes_on_2xx() {
    let place = Place::open().await;
    let probe = Probe::Http { port: Some(80), path: "/health".to_owned() };
    place.start(checked(service(&["serve", "204"]), probe)).await;
    place.ready().await;
}

#[tokio::test]
async fn a_tcp_check_passes_on_a_connection() {
    let place = Place::open().await;
    place.start(checked(service(&["serve", "503"]), Probe::Tcp { port: None })).await;
    place.ready().await;
}

#[tokio::test]
async fn a_command_check_runs_in_the_services_folder() {
    let place = Place::open().await;
    let probe = Probe::Command(vec!["test".to_owned(), "-f".to_owned(), "greeting.txt".to_owned()]);
    place.start(checked(service(&["wait"]), probe)).await;
    place.ready().await;
}

#[tokio::test]
async fn what_was_ready_and_fails_its_check_is_not_ready_and_may_recover() {
    let place = Place::open().await;
    let probe = Probe::Command(vec!["test".to_owned(), "!".to_owned(), "-e".to_owned(), sign(&place)]);
    place.start(checked(service(&["wait"]), probe)).await;
    place.ready().await;
    std::fs::write(sign(&place), "").unwrap();
    let seen = place.until("trouble", |seen| seen.objects[0].state == ObjectState::NotReady).await;
    assert_eq!((&seen.findings[0].code, seen.findings[0].verdict), (&codes::WORKLOAD_UNHEALTHY, Verdict::Wait));
    std::fs::remove_file(sign(&place)).unwrap();
    assert!(place.ready().await.findings.is_empty());
}

fn sign(place: &Place) -> String {
    place.dir.path().join("sign").to_str().unwrap().to_owned()
}
