//! Builds.

use eve_core::{Loss, LossGrade, Origin, codes};
use eve_engine::DeployRequest;

use crate::bench::{Bench, built, fault_of, project, release_of, sandbox, web};

#[tokio::test]
async fn equal_source_is_one_release_and_changed_source_another() {
    let bench = Bench::new();
    bench.builder.inner.put_source("web", "one");
    let first = release_of(&bench.succeed(built(web(&["serve"]), "web")).await);
    let again = bench.succeed(built(web(&["serve"]), "web")).await;
    assert!(again.outcome.is_unchanged());
    assert_eq!(release_of(&again), first);
    bench.builder.inner.put_source("web", "two");
    let second = bench.succeed(built(web(&["serve"]), "web")).await;
    assert_ne!(release_of(&second), first);
    assert_eq!(bench.engine.releases(&bench.shop.org, &bench.shop.project).await.unwrap().len(), 2);
    let versions: Vec<_> = bench.engine.ledger(&bench.shop).await.unwrap().lines.iter().map(|l| l.version).collect();
    assert_eq!(versions, [1, 2]);
}

#[tokio::test]
async fn a_build_that_fails_touches_no_environment() {
    let bench = Bench::new();
    bench.builder.inner.break_source("api");
    let report = bench.deploy(built(project(&[("web", &["serve"]), ("api", &["serve"])]), "api")).await;
    assert_eq!(fault_of(&report).code, codes::BUILD_FAILED);
    assert_eq!(bench.runtime.calls().perform, 0);
    assert!(bench.engine.releases(&bench.shop.org, &bench.shop.project).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_nothing_honours_is_refused_before_anything_is_built() {
    let bench = Bench::new();
    let mut project = built(web(&["serve"]), "web");
    let desired = &mut sandbox(&mut project).desired;
    desired.losses = ["tcp_ingress", "object_store"]
        .map(|key| Loss::new(format!("services.web.{key}"), LossGrade::Refused, "nobody has one"))
        .into();
    let place = Origin::File { file: "m.yaml".into(), line: 7, column: 5 };
    desired.origins.insert("services.web.tcp_ingress", place);
    // No build would succeed either, and it is not what is told.
    bench.builder.inner.break_source("web");
    let planned = bench.engine.plan(&bench.request(project.clone())).await.map(drop).unwrap_err();
    let deployed = bench.engine.deploy(bench.request(project)).await.map(drop).unwrap_err();
    for error in [planned, deployed] {
        assert_eq!(error.code(), &codes::PLAN_REFUSED);
        let text = error.to_string();
        assert!(text.contains("services.web.tcp_ingress (m.yaml:7:5)") && text.contains("object_store"), "{text}");
    }
    assert!(bench.engine.runs(&bench.shop).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_built_needs_a_source_folder() {
    let bench = Bench::new();
    let request = DeployRequest::new(built(web(&["serve"]), "web"), bench.shop.env.clone());
    let error = bench.engine.plan(&request).await.map(drop).unwrap_err();
    assert_eq!(error.code(), &codes::BUILD_CONTEXT_MISSING);
    let run = bench.engine.deploy(request).await.unwrap();
    assert_eq!(fault_of(&bench.end(&run).await).code, codes::BUILD_CONTEXT_MISSING);
}
