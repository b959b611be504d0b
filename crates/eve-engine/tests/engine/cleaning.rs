//! Artifacts that nobody needs any more.

use eve_core::pipeline::Action;
use eve_core::{Artifact, Builder as _, EnvName, KeptFor, codes};
use eve_engine::{CleanUp, CleanUpReport, DeployRequest};

use crate::bench::{Bench, built, job, service_name, step, web, with_jobs, with_steps};

/// Deploys `web` as it is built from a text; the artifact.
async fn deploy(bench: &Bench, text: &str) -> Artifact {
    bench.builder.inner.put_source("web", text);
    let report = bench.succeed(built(web(&["serve"]), "web")).await;
    bench.run(&report).await.artifacts[&service_name("web")].clone()
}

async fn clean_up(bench: &Bench, dry_run: bool) -> CleanUpReport {
    bench.engine.clean_up(CleanUp::new().with_dry_run(dry_run)).await.unwrap()
}

fn removed(report: &CleanUpReport) -> Vec<Artifact> {
    report.removed.iter().map(|one| one.artifact.clone()).collect()
}

async fn owned(bench: &Bench) -> usize {
    bench.builder.inner.artifacts().unwrap().owned().await.unwrap().len()
}

#[tokio::test]
async fn all_but_what_runs_and_what_a_rollback_goes_to_is_removed() {
    let bench = Bench::new();
    let mut made = Vec::new();
    for text in ["one", "two", "three", "four"] {
        made.push(deploy(&bench, text).await);
    }
    let mut expected = made[..2].to_vec();
    expected.sort();
    let planned = clean_up(&bench, true).await;
    assert_eq!((removed(&planned), owned(&bench).await), (expected.clone(), 4));
    let report = clean_up(&bench, false).await;
    assert_eq!((removed(&report), owned(&bench).await, report.freed_bytes()), (expected, 2, 6));
    let why = |artifact: &Artifact| {
        let kept = report.kept.iter().find(|kept| kept.owned.artifact == *artifact).unwrap();
        kept.kept_for.clone()
    };
    assert!(matches!(why(&made[3])[..], [KeptFor::Running { .. }]));
    assert!(matches!(why(&made[2])[..], [KeptFor::Rollback { .. }]));
    // What was kept is enough to go back.
    let back = bench.engine.rollback(&bench.shop, None, "test").await.unwrap();
    assert!(bench.end(&back).await.outcome.is_success());
    assert!(clean_up(&bench, false).await.removed.is_empty());
}

#[tokio::test]
async fn what_is_used_or_built_meanwhile_stays_and_is_told() {
    let bench = Bench::new();
    let first = deploy(&bench, "one").await;
    for text in ["two", "three"] {
        deploy(&bench, text).await;
    }
    bench.builder.inner.set_used(&first, true);
    let report = clean_up(&bench, false).await;
    assert!(report.removed.is_empty());
    let kept = report.kept.iter().find(|kept| kept.owned.artifact == first).unwrap();
    assert!(matches!(&kept.kept_for[..], [KeptFor::Refused { code, .. }] if *code == codes::OBJECT_IN_USE));
    bench.builder.inner.set_used(&first, false);
    assert_eq!(removed(&clean_up(&bench, false).await), [first]);
}

#[tokio::test]
async fn a_run_that_goes_on_in_another_environment_keeps_what_it_may_need() {
    let bench = Bench::new();
    let first = deploy(&bench, "one").await;
    for text in ["two", "three"] {
        deploy(&bench, text).await;
    }
    // A deploy elsewhere has built and recorded its release, and works on a job.
    let mut project = built(with_jobs(web(&["serve"]), &[("slow", job(&["sleep", "600000"]))]), "web");
    let mut other = project.environments.values().next().unwrap().clone();
    let name = EnvName::new("other").unwrap();
    other.desired.environment.env = name.clone();
    other.desired.routes.clear();
    project.environments.insert(name.clone(), other);
    bench.builder.inner.put_source("web", "one");
    let request = DeployRequest::new(project, name).with_source(eve_core::SourceDir::new("/src"));
    let run = bench.engine.deploy(request).await.unwrap();
    bench.until("the job", async || !bench.runner.started().is_empty()).await;
    assert!(clean_up(&bench, false).await.removed.is_empty());
    run.cancel();
    bench.end(&run).await;
    assert_eq!(removed(&clean_up(&bench, false).await), [first]);
}

#[tokio::test]
async fn a_deleted_environment_keeps_nothing() {
    let bench = Bench::new();
    deploy(&bench, "one").await;
    let run = bench.engine.delete(&bench.shop, "test").await.unwrap();
    assert!(bench.end(&run).await.outcome.is_success());
    assert_eq!(clean_up(&bench, false).await.removed.len(), 1);
    assert_eq!(owned(&bench).await, 0);
}

#[tokio::test]
async fn a_run_cleans_up_behind_itself_only_where_that_is_asked_for() {
    let (plain, tidy) = (Bench::new(), Bench::with(|builder, _| builder.clean_up_after_runs(true)));
    for bench in [&plain, &tidy] {
        for text in ["one", "two", "three"] {
            deploy(bench, text).await;
        }
    }
    assert_eq!((owned(&plain).await, owned(&tidy).await), (3, 2));
}

#[tokio::test]
async fn what_a_build_step_made_and_no_release_has_yet_stays() {
    let bench = Bench::new();
    bench.builder.inner.put_source("web", "one");
    let steps = vec![
        step("build", Action::Build { services: Vec::new() }, None),
        step("wait", Action::Run { command: vec!["sleep".to_owned(), "600000".to_owned()] }, Some("build")),
        step("deploy", Action::Deploy, Some("wait")),
    ];
    let run = bench.begin(with_steps(built(web(&["serve"]), "web"), steps)).await;
    bench.until("the step", async || !bench.runner.started().is_empty()).await;
    let report = clean_up(&bench, false).await;
    assert!(report.removed.is_empty() && matches!(report.kept[0].kept_for[0], KeptFor::Run { .. }), "{report:?}");
    run.cancel();
    bench.within("the end", run.wait()).await.unwrap();
    assert_eq!(clean_up(&bench, false).await.removed.len(), 1);
}
