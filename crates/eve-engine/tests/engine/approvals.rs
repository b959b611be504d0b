//! Plans that were approved.

use eve_core::{ErrorKind, Exit, codes};

use crate::bench::{Bench, built, fault_of, job, web, with_jobs};

#[tokio::test]
async fn what_was_approved_is_done() {
    let bench = Bench::new();
    let request = || bench.request(built(web(&["serve"]), "web"));
    let plan = bench.engine.plan(&request()).await.unwrap().plan;
    assert!(!plan.is_noop());
    assert_eq!(bench.runtime.calls().perform, 0);
    let run = bench.engine.deploy(request().with_approved(plan.digest().unwrap())).await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
    assert!(bench.engine.plan(&request()).await.unwrap().plan.is_noop());
}

#[tokio::test]
async fn an_environment_that_needs_an_approval_takes_no_other_deploy() {
    let bench = Bench::new();
    let request = || {
        let mut project = with_jobs(web(&["serve"]), &[("migrate", job(&["print", "x"]))]);
        project.environments.values_mut().for_each(|environment| environment.needs_approval = true);
        bench.request(project)
    };
    let refused = bench.engine.deploy(request()).await.unwrap_err();
    assert_eq!((refused.code(), refused.kind()), (&codes::PLAN_UNAPPROVED, ErrorKind::Denied));
    assert_eq!(bench.runtime.calls().perform, 0);
    assert!(bench.runner.started().is_empty());
    let plan = bench.engine.plan(&request()).await.unwrap().plan;
    let run = bench.engine.deploy(request().with_approved(plan.digest().unwrap())).await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
}

#[tokio::test]
async fn a_world_that_drifted_since_the_approval_is_left_alone() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    let migrating = || bench.request(with_jobs(web(&["serve-after", "1"]), &[("migrate", job(&["print", "x"]))]));
    let plan = bench.engine.plan(&migrating()).await.unwrap().plan;
    // What was there is another instance now.
    let old = bench.instances("web").await.remove(0);
    bench.runtime.kill(&bench.shop, &old.id, Exit::Code(1));
    bench.succeed(web(&["serve"])).await;
    let calls = (bench.runtime.calls(), bench.routes.calls());

    let run = bench.engine.deploy(migrating().with_approved(plan.digest().unwrap())).await.unwrap();
    let report = bench.end(&run).await;
    assert_eq!(fault_of(&report).code, codes::PLAN_DRIFTED);
    assert_eq!((bench.runtime.calls(), bench.routes.calls()), calls);
    // Not even the job that stands before the deploy has run.
    assert!(bench.runner.started().is_empty());
    assert_eq!(bench.ledger().await, ["healthy", "healthy"]);
}

#[tokio::test]
async fn an_approval_covers_the_jobs_before_and_after_the_deploy() {
    let bench = Bench::new();
    let request = || {
        let mut project = with_jobs(web(&["serve"]), &[("migrate", job(&["print", "x"]))]);
        let smoke = eve_core::pipeline::Action::Run { command: vec!["print".to_owned(), "smoke".to_owned()] };
        let pipeline = project.pipelines.values_mut().next().unwrap();
        pipeline.steps.push(crate::bench::step("smoke", smoke, Some("deploy")));
        bench.request(project)
    };
    let plan = bench.engine.plan(&request()).await.unwrap().plan;
    let run = bench.engine.deploy(request().with_approved(plan.digest().unwrap())).await.unwrap();
    let report = bench.end(&run).await;
    assert!(report.outcome.is_success(), "{:?}", report.outcome);
    assert_eq!(bench.runner.started().len(), 2);
}
