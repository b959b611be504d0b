//! Deploys that go well.

use eve_core::event::{EnvironmentEvent, Event as _};
use eve_core::pipeline::StepState;
use eve_core::{Digest, HealthStatus, Journal as _, ObjectState, StreamId, VarName};

use crate::bench::{Bench, built, needing, project, release_of, service_name, web};

#[tokio::test]
async fn a_first_deploy_walks_to_ready() {
    let bench = Bench::new();
    let report = bench
        .succeed(built(needing(project(&[("web", &["serve"]), ("api", &["serve-after", "20"])]), "web", "api"), "api"))
        .await;

    assert_eq!(bench.ledger().await, ["healthy"]);
    let health = bench.engine.health(&bench.shop).await.unwrap();
    assert_eq!((health.status, health.release), (HealthStatus::Ready, Some(release_of(&report))));
    let run = bench.run(&report).await;
    assert_eq!(run.steps.values().copied().collect::<Vec<_>>(), [StepState::Succeeded; 3]);
    assert_eq!(bench.public_targets().await.len(), 1);
    assert_eq!(bench.builder.built(), ["api"]);
    let urls = bench.engine.urls(&bench.shop).await.unwrap();
    assert_eq!(urls[&service_name("web")], ["http://web.example.test"]);
}

#[tokio::test]
async fn the_same_deploy_again_changes_nothing_and_journals_only_its_own_run() {
    let bench = Bench::new();
    let shop = needing(project(&[("web", &["serve"]), ("api", &["serve"])]), "web", "api");
    bench.succeed(shop.clone()).await;
    let (streams, calls, routes) = (bench.streams().await, bench.runtime.calls(), bench.routes.calls());

    let report = bench.succeed(shop).await;
    assert!(report.outcome.is_unchanged());
    assert_eq!((bench.runtime.calls(), bench.routes.calls()), (calls, routes));
    let now = bench.streams().await;
    let new: Vec<_> = now.iter().filter(|stream| !streams.contains(stream)).map(|(id, _)| id.as_str()).collect();
    assert_eq!(new, [format!("run/acme/shop/sandbox/{}", report.run)]);
    assert!(streams.iter().all(|stream| now.contains(stream)));
    assert_eq!(bench.ledger().await, ["healthy"]);
}

#[tokio::test]
async fn the_same_deploy_again_tells_the_ledger_of_instances_that_it_does_not_know() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    // As after an undo that made them anew from another address.
    let stream = StreamId::environment(&bench.shop);
    let deployed = bench.journal.read(&stream, 0, 1).await.unwrap().remove(0);
    let mut told = EnvironmentEvent::read(&deployed).unwrap();
    let EnvironmentEvent::Deployed { instances, .. } = &mut told else { panic!("{told:?}") };
    instances[0].hash = Digest::of("another");
    bench.journal.append(&stream, 1, None, vec![told.record(deployed.record.at).unwrap()]).await.unwrap();
    assert_eq!(bench.status().await, "degraded");

    for _ in 0..2 {
        assert!(bench.succeed(web(&["serve"])).await.outcome.is_unchanged());
        assert_eq!((bench.status().await.as_str(), bench.ledger().await.len()), ("ready", 3));
    }
}

#[tokio::test]
async fn a_second_release_stands_beside_the_first_until_traffic_has_moved() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let old = bench.instances("web").await.remove(0);
    let request = bench.routes.begin(&old.instance());

    let run = bench.begin(web(&["serve-after", "50"])).await;
    bench.until("both releases", async || bench.instances("web").await.len() == 2).await;
    assert_eq!(bench.public_targets().await[0].instance, old.instance());
    bench.until("the switch", async || bench.public_targets().await[0].instance != old.instance()).await;
    // The old instance stays while a request is under way at it.
    assert!(bench.instances("web").await.iter().any(|object| object.instance() == old.instance()));
    drop(request);

    let report = bench.end(&run).await;
    assert!(report.outcome.is_success(), "{:?}", report.outcome);
    let now = bench.instances("web").await;
    assert_eq!(now.len(), 1);
    assert_ne!(now[0].instance(), old.instance());
    assert_eq!(bench.public_targets().await[0].instance, now[0].instance());
    let eve_core::event::RunOutcome::Succeeded { drained, .. } = report.outcome else { unreachable!() };
    let numbers = drained.values().next().unwrap();
    assert_eq!((numbers.drained, numbers.cut), (Some(1), Some(0)));
}

#[tokio::test]
async fn going_back_to_a_release_reuses_its_names_and_none_of_its_instances() {
    let bench = Bench::new();
    let first = release_of(&bench.succeed(web(&["serve"])).await);
    let before = bench.instances("web").await.remove(0);
    bench.succeed(web(&["serve-after", "1"])).await;
    let again = release_of(&bench.succeed(web(&["serve"])).await);

    let now = bench.instances("web").await.remove(0);
    assert_eq!((&again, &now.id), (&first, &before.id));
    assert_ne!(now.incarnation, before.incarnation);
    assert_eq!(bench.status().await, "ready");
    assert_eq!(bench.ledger().await, ["healthy"; 3]);
}

#[tokio::test]
async fn a_service_that_is_only_ready_with_its_own_dependency_deploys() {
    let bench = Bench::new();
    let shop =
        |word: &str| needing(project(&[("web", &["needs", "api"]), ("api", &["serve-after", word])]), "web", "api");
    bench.succeed(shop("20")).await;
    let old = bench.instances("web").await.remove(0);
    bench.succeed(shop("30")).await;
    assert_eq!(bench.status().await, "ready");
    assert_eq!(bench.instances("web").await.remove(0).instance(), old.instance());
}

#[tokio::test]
async fn workloads_find_the_platforms_variables_and_the_manifests_own_win() {
    let bench = Bench::with(|builder, _| builder.api_url("https://eve.example.test"));
    let mut shop = project(&[("web", &["serve"]), ("api", &["serve"])]);
    let environment = &mut crate::bench::sandbox(&mut shop)
        .desired
        .services
        .get_mut(&service_name("web"))
        .unwrap()
        .process
        .environment;
    environment.insert(VarName::new("EVE_ENV_NAME").unwrap(), "mine".into());
    bench.succeed(shop).await;

    let web = bench.instances("web").await.remove(0).id;
    let variables = bench.runtime.variables(&bench.shop, &web).unwrap();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    for expected in [
        ("EVE_ORG_ID", "acme"),
        ("EVE_PROJECT_ID", "acme/shop"),
        ("EVE_ENV_NAME", "mine"),
        ("EVE_API_URL", "https://eve.example.test"),
        ("EVE_SERVICE_API_URL", "http://api.eve-acme-shop-sandbox.internal"),
    ] {
        assert!(variables.contains(&expected), "{expected:?} is not among {variables:?}");
    }
}

#[tokio::test]
async fn health_counts_no_instance_of_another_release() {
    let bench = Bench::new();
    bench.succeed(project(&[("web", &["serve"]), ("api", &["serve"])])).await;
    let old = bench.instances("web").await.remove(0);
    let run = bench.begin(project(&[("web", &["serve-after", "1"]), ("api", &["hang"])])).await;
    let both = async || bench.instances("web").await.iter().filter(|web| web.state == ObjectState::Ready).count() == 2;
    bench.until("both releases", both).await;
    assert_eq!(bench.status().await, "deploying");
    assert!(bench.runtime.kill(&bench.shop, &old.id, eve_core::Exit::Code(1)));
    let health = bench.engine.health(&bench.shop).await.unwrap();
    assert_eq!((health.ready, health.services[&service_name("web")].ready), (false, 0));
    run.cancel();
    bench.end(&run).await;
}

#[tokio::test]
async fn a_service_that_ended_by_itself_is_degraded_and_the_next_deploy_makes_it_again() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let web_one = bench.instances("web").await.remove(0);
    bench.runtime.kill(&bench.shop, &web_one.id, eve_core::Exit::Signal(9));
    assert_eq!(bench.status().await, "degraded");

    bench.succeed(web(&["serve"])).await;
    let now = bench.instances("web").await.remove(0);
    assert_eq!((now.state, now.id), (ObjectState::Ready, web_one.id));
    assert_ne!(now.incarnation, web_one.incarnation);
    assert_eq!(bench.status().await, "ready");
}
