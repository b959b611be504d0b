//! What a deploy needs is there before anything is changed.

use std::sync::Arc;
use std::time::Duration;

use eve_core::event::{RunOutcome, Undo};
use eve_core::memory::{MemoryImages, MemoryRunner};
use eve_core::{ProgressStatus, codes};
use futures_util::StreamExt as _;

use crate::bench::{Bench, built, fault_of, job, project, sandbox, service_name, web, with_jobs};

/// Longer than any operation of this bench may take.
const LONG: Duration = Duration::from_millis(300);

/// A bench whose operations may take no time to speak of.
fn bench(images: &MemoryImages) -> Bench {
    Bench::with(|builder, bench| {
        let runner = MemoryRunner::new(bench.env.clone()).with_images(images.clone());
        let runtime = bench.runtime.clone().with_images(images.clone());
        builder.runtime(Arc::new(runtime)).runner(Arc::new(runner)).operation_timeout(LONG / 3)
    })
}

#[tokio::test]
async fn an_image_may_take_longer_than_an_operation_and_is_told_of() {
    let images = MemoryImages::new();
    images.put_in_registry("web:1", LONG);
    let bench = bench(&images);
    let run = bench.begin(web(&["serve"])).await;
    let said: Vec<_> = bench.within("the events", run.events().collect()).await;
    assert!(bench.end(&run).await.outcome.is_success());
    let of_image: Vec<_> = said.iter().filter(|event| event.text == "fetching web:1").collect();
    let statuses: Vec<_> = of_image.iter().map(|event| event.status).collect();
    assert_eq!(statuses, [ProgressStatus::Started, ProgressStatus::Running, ProgressStatus::Done]);
    assert!(said.iter().any(|event| Some(&event.id) == of_image[0].parent.as_ref()), "{:?}", of_image[0]);
}

#[tokio::test]
async fn a_deploy_that_makes_nothing_asks_nothing() {
    let bench = Bench::new();
    bench.succeed(web(&["serve"])).await;
    assert_eq!(bench.runtime.calls().provide, 1);
    assert!(bench.succeed(web(&["serve"])).await.outcome.is_unchanged());
    assert_eq!(bench.runtime.calls().provide, 1);
}

#[tokio::test]
async fn what_cannot_be_had_is_named_at_once_and_nothing_is_changed() {
    let images = MemoryImages::new();
    images.refuse("web:1", codes::IMAGE_NOT_FOUND);
    images.refuse("private:1", codes::IMAGE_DENIED);
    let bench = bench(&images);
    let mut project = project(&[("web", &["serve"]), ("api", &["serve"])]);
    let api = sandbox(&mut project).desired.services.get_mut(&service_name("api")).unwrap();
    api.source = eve_core::desired::Source::Image(eve_core::desired::ImageRef::new("private:1").unwrap());
    let report = bench.deploy(project).await;
    let fault = fault_of(&report);
    assert!([codes::IMAGE_NOT_FOUND, codes::IMAGE_DENIED].contains(&fault.code), "{fault}");
    assert!(fault.message.contains("web:1") && fault.message.contains("private:1"), "{fault}");
    assert!(matches!(&report.outcome, RunOutcome::Failed { undo: Undo::NotNeeded, .. }));
    assert_eq!(bench.runtime.calls().perform, 0);
    assert_eq!(bench.ledger().await, ["failed"]);
}

#[tokio::test]
async fn cancelling_ends_it_at_once() {
    let images = MemoryImages::new();
    images.put_in_registry("web:1", Duration::from_secs(3600));
    let bench = bench(&images);
    let run = bench.begin(web(&["serve"])).await;
    bench.until("the fetching", async || bench.runtime.calls().provide == 1).await;
    run.cancel();
    let report = bench.end(&run).await;
    assert!(matches!(report.outcome, RunOutcome::Cancelled { undo: Undo::NotNeeded }), "{:?}", report.outcome);
    assert!(images.fetched().is_empty());
}

#[tokio::test]
async fn it_has_a_time_of_its_own_and_the_steps() {
    let images = MemoryImages::new();
    images.put_in_registry("web:1", Duration::from_secs(3600));
    let short = Bench::with(|builder, bench| {
        let runtime = bench.runtime.clone().with_images(images.clone());
        builder.runtime(Arc::new(runtime)).provision_timeout(Duration::from_millis(20))
    });
    assert_eq!(fault_of(&short.deploy(web(&["serve"])).await).code, codes::DEADLINE_EXCEEDED);
    let bench = bench(&images);
    let mut project = with_jobs(web(&["serve"]), &[]);
    let pipeline = project.pipelines.values_mut().next().unwrap();
    pipeline.steps.last_mut().unwrap().timeout = Some(Duration::from_millis(20));
    assert_eq!(fault_of(&bench.deploy(project).await).code, codes::DEADLINE_EXCEEDED);
    assert_eq!(bench.runtime.calls().perform, 0);
}

#[tokio::test]
async fn an_engine_after_one_that_was_killed_does_it_again() {
    let images = MemoryImages::new();
    images.put_in_registry("web:1", Duration::from_secs(3600));
    let bench = bench(&images);
    let run = bench.begin(web(&["serve"])).await;
    bench.until("the fetching", async || bench.runtime.calls().provide == 1).await;
    images.put_in_registry("web:1", Duration::ZERO);
    // Nobody renews its lease any more.
    bench.clock.jump(Duration::from_secs(60));
    let next = bench.parts().runtime(Arc::new(bench.runtime.clone().with_images(images.clone()))).build().unwrap();
    let taken_up = next.recover_in(&bench.shop).await.unwrap().unwrap();
    assert_eq!(taken_up.id(), run.id());
    assert!(bench.end(&taken_up).await.outcome.is_success());
    assert_eq!(images.fetched(), ["web:1"]);
}

#[tokio::test]
async fn a_jobs_image_is_fetched_before_its_attempt() {
    let images = MemoryImages::new();
    images.put_in_registry("job:1", LONG);
    let bench = bench(&images);
    let report = bench.succeed(with_jobs(web(&["serve"]), &[("migrate", job(&["exit", "0"]))])).await;
    assert_eq!(images.fetched(), ["job:1"]);
    assert_eq!(bench.run(&report).await.attempts.len(), 1);
    images.refuse("job:1", codes::IMAGE_NOT_FOUND);
    let report = bench.deploy(with_jobs(web(&["serve-after", "1"]), &[("migrate", job(&["exit", "0"]))])).await;
    assert_eq!(fault_of(&report).code, codes::IMAGE_NOT_FOUND);
    assert!(bench.run(&report).await.attempts.is_empty());
}

#[tokio::test]
async fn the_way_back_gets_what_it_needs_as_well() {
    let images = MemoryImages::new();
    let bench = bench(&images);
    let alone = |argv: &[&str]| {
        let mut project = web(argv);
        let web = sandbox(&mut project).desired.services.get_mut(&service_name("web")).unwrap();
        web.rollout.strategy = Some(eve_core::desired::Strategy::Recreate);
        project
    };
    bench.succeed(alone(&["serve"])).await;
    let broken = built(alone(&["exit", "3"]), "web");
    images.put_in_registry("web:1", Duration::from_millis(1));
    let report = bench.deploy(broken).await;
    assert!(matches!(&report.outcome, RunOutcome::Failed { undo: Undo::Complete, .. }), "{:?}", report.outcome);
    assert_eq!(images.fetched(), ["web:1"]);
}
