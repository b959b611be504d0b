//! Rollbacks and promotions.

use eve_core::event::RunOutcome;
use eve_core::pipeline::StepState;
use eve_core::{EnvName, EnvironmentId, Secret, SecretName, SecretScope, SecretStore as _, Template, VarName, codes};
use eve_engine::DeployRequest;

use crate::bench::{Bench, built, release_of, sandbox, service_name, web};

#[tokio::test]
async fn a_rollback_goes_to_the_last_healthy_other_release_without_a_build() {
    let bench = Bench::new();
    let first = release_of(&bench.succeed(built(web(&["serve"]), "web")).await);
    bench.succeed(built(web(&["serve-after", "1"]), "web")).await;
    assert!(!bench.deploy(built(web(&["exit", "1"]), "web")).await.outcome.is_success());
    let builds = bench.builder.built().len();

    let run = bench.engine.rollback(&bench.shop, None, "ann").await.unwrap();
    let report = bench.end(&run).await;
    assert_eq!(release_of(&report), first);
    assert_eq!(bench.builder.built().len(), builds);
    let line = bench.engine.ledger(&bench.shop).await.unwrap().lines.pop().unwrap();
    assert_eq!((line.by.as_str(), line.requested_by.as_str(), line.version), ("rollback", "ann", 1));
    assert_eq!(bench.status().await, "ready");
}

#[tokio::test]
async fn a_rollback_to_a_named_release_goes_there_and_to_an_unknown_one_nowhere() {
    let bench = Bench::new();
    let first = release_of(&bench.succeed(web(&["serve"])).await);
    bench.succeed(web(&["serve-after", "1"])).await;
    bench.succeed(web(&["serve-after", "2"])).await;
    let run = bench.engine.rollback(&bench.shop, Some(&first), "ann").await.unwrap();
    assert_eq!(release_of(&bench.end(&run).await), first);

    let unknown = eve_core::ReleaseId::new("rel_0a").unwrap();
    let error = bench.engine.rollback(&bench.shop, Some(&unknown), "ann").await.unwrap_err();
    assert_eq!(error.code(), &codes::RELEASE_UNKNOWN);
}

#[tokio::test]
async fn a_rollback_with_nowhere_to_go_is_refused() {
    let bench = Bench::new();
    for _ in 0..2 {
        let error = bench.engine.rollback(&bench.shop, None, "ann").await.unwrap_err();
        assert_eq!(error.code(), &codes::RELEASE_NONE_HEALTHY);
        bench.succeed(web(&["serve"])).await;
        assert!(!bench.deploy(web(&["exit", "1"])).await.outcome.is_success());
    }
}

#[tokio::test]
async fn a_rollback_takes_the_current_secrets() {
    let bench = Bench::new();
    let (scope, key) = (SecretScope::Environment(bench.shop.clone()), SecretName::new("KEY").unwrap());
    bench.secrets.put(&scope, &key, Secret::new("one")).await.unwrap();
    let keyed = |argv: &[&str]| {
        let mut project = web(argv);
        let service = sandbox(&mut project).desired.services.get_mut(&service_name("web")).unwrap();
        service.process.environment.insert(VarName::new("KEY").unwrap(), Template::secret(key.clone()));
        project
    };
    bench.succeed(keyed(&["serve"])).await;
    bench.succeed(keyed(&["serve-after", "1"])).await;
    bench.secrets.put(&scope, &key, Secret::new("two")).await.unwrap();
    let run = bench.engine.rollback(&bench.shop, None, "ann").await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
    let web = bench.instances("web").await.remove(0).id;
    let variables = bench.runtime.variables(&bench.shop, &web).unwrap();
    assert!(variables.iter().any(|(name, value)| name.as_str() == "KEY" && value.expose() == "two"));
}

#[tokio::test]
async fn a_promotion_deploys_the_release_elsewhere_and_skips_build_and_release() {
    let bench = Bench::new();
    let mut project = built(web(&["serve"]), "web");
    let prod = EnvironmentId::parse("acme/shop/prod").unwrap();
    let mut copy = sandbox(&mut project).clone();
    copy.desired.environment = prod.clone();
    copy.desired.routes.clear();
    project.environments.insert(EnvName::new("prod").unwrap(), copy);
    let release = bench.release(&release_of(&bench.succeed(project).await)).await;

    let request = DeployRequest::release(release.clone(), prod.env.clone());
    let run = bench.engine.deploy(request).await.unwrap();
    let report = bench.end(&run).await;
    assert!(matches!(&report.outcome, RunOutcome::Succeeded { release: Some(id), .. } if *id == release.id));
    assert_eq!(bench.builder.built(), ["web"]);
    let states: Vec<_> = bench.run(&report).await.steps.into_iter().map(|(name, s)| (name.to_string(), s)).collect();
    let expected = [("build", StepState::Skipped), ("deploy", StepState::Succeeded), ("release", StepState::Skipped)];
    assert_eq!(states, expected.map(|(name, state)| (name.to_owned(), state)));
    assert_eq!(bench.engine.health(&prod).await.unwrap().status.to_string(), "ready");
    assert_eq!(bench.engine.releases(&prod.org, &prod.project).await.unwrap().len(), 1);
}
