//! Environments of other shapes.

use std::sync::Arc;
use std::time::Duration;

use eve_core::desired::Port;
use eve_core::event::Undo;
use eve_core::memory::MemoryRoutes;
use eve_core::{Project, RouteId, Routes as _, codes};

use crate::bench::{Bench, fault_of, needing, project, sandbox, service_name, web};

fn published(argv: &[&str]) -> Project {
    let mut project = web(argv);
    let service = sandbox(&mut project).desired.services.get_mut(&service_name("web")).unwrap();
    let mut port = Port::tcp(80);
    port.published = Some(8080);
    service.ports = vec![port];
    project
}

#[tokio::test]
async fn a_service_with_a_published_port_is_replaced_and_comes_back_if_that_fails() {
    let bench = Bench::new();
    bench.succeed(published(&["serve"])).await;
    let plan = bench.engine.plan(&bench.request(published(&["serve-after", "1"]))).await.unwrap().plan;
    assert!(plan.notes.iter().any(|note| note.contains("is down while it is replaced")), "{:?}", plan.notes);
    bench.succeed(published(&["serve-after", "1"])).await;
    let good = bench.instances("web").await.remove(0);

    let report = bench.deploy(published(&["exit", "1"])).await;
    assert_eq!((&fault_of(&report).code, report.undo()), (&codes::WORKLOAD_CRASHED, Some(&Undo::Complete)));
    let now = bench.instances("web").await;
    assert_eq!((now.len(), &now[0].id), (1, &good.id));
    assert_ne!(now[0].incarnation, good.incarnation);
    assert_eq!(bench.public_targets().await[0].instance, now[0].instance());
    assert_eq!(bench.status().await, "ready");
}

#[tokio::test]
async fn a_service_that_is_no_longer_wanted_goes_with_its_route() {
    let bench = Bench::new();
    bench.succeed(needing(project(&[("web", &["serve"]), ("api", &["serve"])]), "web", "api")).await;
    bench.succeed(web(&["serve"])).await;
    assert!(bench.instances("api").await.is_empty());
    let routes = bench.routes.observe(&bench.shop).await.unwrap();
    assert!(!routes.iter().any(|route| route.id == RouteId::Internal { service: service_name("api") }));
    assert_eq!(bench.status().await, "ready");
}

#[tokio::test]
async fn public_and_internal_routes_may_be_two_parts() {
    let outside = MemoryRoutes::new();
    let bench = Bench::with(|builder, _| builder.public_routes(Arc::new(outside.clone())));
    bench.succeed(needing(project(&[("web", &["needs", "api"]), ("api", &["serve"])]), "web", "api")).await;
    bench.succeed(needing(project(&[("web", &["serve"]), ("api", &["serve-after", "1"])]), "web", "api")).await;
    assert!(outside.observe(&bench.shop).await.unwrap().iter().all(|route| route.id.is_public()));
    assert!(bench.routes.observe(&bench.shop).await.unwrap().iter().all(|route| !route.id.is_public()));
    let run = bench.engine.delete(&bench.shop, "ann").await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
}

#[tokio::test]
async fn replicas_are_all_waited_for_and_all_led_to() {
    let bench = Bench::new();
    let mut three = web(&["serve-after", "20"]);
    sandbox(&mut three).desired.services.get_mut(&service_name("web")).unwrap().replicas = 3;
    bench.succeed(three).await;
    assert_eq!((bench.instances("web").await.len(), bench.public_targets().await.len()), (3, 3));
    let health = bench.engine.health(&bench.shop).await.unwrap();
    assert_eq!((health.services[&service_name("web")].ready, health.status.to_string().as_str()), (3, "ready"));
    bench.succeed(web(&["serve-after", "20"])).await;
    assert_eq!((bench.instances("web").await.len(), bench.public_targets().await.len()), (1, 1));
}

#[tokio::test]
async fn a_service_of_which_nothing_is_to_run_has_no_route_and_comes_back() {
    let bench = Bench::new();
    let scaled = |replicas: u32| {
        let mut project = project(&[("web", &["serve"]), ("api", &["serve"])]);
        sandbox(&mut project).desired.services.get_mut(&service_name("web")).unwrap().replicas = replicas;
        project
    };
    for replicas in [0, 1, 0, 2] {
        bench.succeed(scaled(replicas)).await;
        assert_eq!(
            (bench.instances("web").await.len(), bench.public_targets().await.len()),
            (replicas as usize, replicas as usize)
        );
        assert_eq!(bench.status().await, "ready");
    }
}

#[tokio::test]
async fn requests_that_do_not_end_are_cut_when_the_drain_is_over_and_counted() {
    let bench = Bench::new();
    let shop = |argv: &[&str]| {
        let mut project = web(argv);
        let service = sandbox(&mut project).desired.services.get_mut(&service_name("web")).unwrap();
        service.rollout.drain = Duration::from_millis(50);
        project
    };
    bench.succeed(shop(&["serve"])).await;
    let old = bench.instances("web").await.remove(0);
    let request = bench.routes.begin(&old.instance());
    let report = bench.succeed(shop(&["serve-after", "1"])).await;
    assert!(request.was_cut());
    let eve_core::event::RunOutcome::Succeeded { drained, .. } = report.outcome else { unreachable!() };
    assert_eq!(drained.values().next().unwrap().cut, Some(1));
}

#[tokio::test]
async fn strangers_objects_are_neither_counted_nor_touched() {
    let bench = Bench::new();
    let stranger = eve_core::ObjectId::new("instance", eve_core::ObjectName::new("not-ours").unwrap());
    bench.runtime.plant_stranger(&bench.shop, stranger.clone());
    bench.succeed(web(&["serve"])).await;
    let run = bench.engine.delete(&bench.shop, "ann").await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
    assert_eq!(bench.engine.leftovers(&bench.shop).await.unwrap().count(), 0);
    let seen = eve_core::Runtime::observe(&bench.runtime, &bench.shop).await.unwrap();
    assert!(seen.object(&stranger).is_some());
}
