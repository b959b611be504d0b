//! Somebody else works on the same engine.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};
use bollard::query_parameters::RemoveContainerOptionsBuilder;
use eve::docker::{DockerConfig, SubnetPool};
use eve::{codes, naming};

use crate::shop::{project, shaped};
use crate::stage::{Stage, fault};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_container_that_a_stranger_removes_while_it_is_waited_for_ends_the_deploy() {
    let stage = Stage::open().await;
    let slow = |service: &mut eve::desired::Service| service.rollout.window = Some(Duration::from_secs(30));
    let run = stage.begin(shaped(&stage.id, "1", slow)).await;
    Stage::until(&run, "hold").await;
    let names = stage.containers().await;
    let name = names.iter().find(|name| name.contains("_b-")).expect("b has a container");
    let how = RemoveContainerOptionsBuilder::new().force(true).build();
    stage.docker.remove_container(name.trim_start_matches('/'), Some(how)).await.expect("it can be removed");
    let report = Stage::end(&run).await;
    assert_eq!(fault(&report).code, codes::WORKLOAD_GONE, "{:?}", report.outcome);
    assert!(fault(&report).message.contains("container/b-"), "{}", fault(&report).message);
    assert_eq!(stage.containers().await, Vec::<String>::new(), "a first deploy is undone to nothing");
    assert!(stage.deploy(project(&stage.id, "2")).await.outcome.is_success());
    stage.tear_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_container_that_a_stranger_removes_afterwards_is_made_again() {
    let stage = Stage::open().await;
    assert!(stage.deploy(project(&stage.id, "1")).await.outcome.is_success());
    let before = stage.containers().await;
    let how = RemoveContainerOptionsBuilder::new().force(true).build();
    stage.docker.remove_container(before[0].trim_start_matches('/'), Some(how)).await.expect("it can be removed");
    let report = stage.deploy(project(&stage.id, "1")).await;
    assert!(report.outcome.is_success() && !report.outcome.is_unchanged(), "{:?}", report.outcome);
    assert_eq!(stage.containers().await, before);
    stage.tear_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: networks are made"]
async fn a_name_that_a_stranger_has_is_told_before_anything_is_made() {
    let stage = Stage::open().await;
    let name = format!("{}_default", naming::namespace(&stage.id));
    let request = NetworkCreateRequest { name: name.clone(), ..NetworkCreateRequest::default() };
    stage.docker.create_network(request).await.expect("a stranger's network can be made");
    let report = stage.deploy(project(&stage.id, "1")).await;
    let (code, made) = (fault(&report).code.clone(), stage.containers().await);
    stage.docker.remove_network(&name).await.expect("it is as the stranger made it");
    assert_eq!(code, codes::OBJECT_FOREIGN, "{:?}", report.outcome);
    assert_eq!(made, Vec::<String>::new());
    assert!(stage.deploy(project(&stage.id, "1")).await.outcome.is_success());
    stage.tear_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: networks are made"]
async fn a_pool_that_a_stranger_fills_is_told_before_anything_is_made() {
    let pool = SubnetPool::new("10.223.7.0/24".parse().expect("a subnet"), 24).expect("a pool");
    let stage = Stage::on(DockerConfig::from_env().with_pool(pool)).await;
    let name = "eve-test-fills-the-pool".to_owned();
    let range = IpamConfig { subnet: Some("10.223.7.128/25".to_owned()), ..IpamConfig::default() };
    let request = NetworkCreateRequest {
        name: name.clone(),
        ipam: Some(Ipam { config: Some(vec![range]), ..Ipam::default() }),
        labels: Some(HashMap::from([("eve.test".to_owned(), "1".to_owned())])),
        ..NetworkCreateRequest::default()
    };
    stage.docker.create_network(request).await.expect("a stranger's network can be made");
    let report = stage.deploy(project(&stage.id, "1")).await;
    stage.docker.remove_network(&name).await.expect("it is as the stranger made it");
    assert_eq!(fault(&report).code, codes::NETWORK_EXHAUSTED, "{:?}", report.outcome);
    assert!(stage.deploy(project(&stage.id, "1")).await.outcome.is_success());
    stage.tear_down().await;
}
