//! A release that was there before.

use std::collections::BTreeSet;

use crate::shop::web;
use crate::stage::{Stage, end};

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_comes_back_reuses_its_names_with_new_incarnations() {
    let stage = Stage::open().await;
    let (mut names, mut incarnations, mut processes) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for release in ["r1", "r2", "r1"] {
        let project = web(&format!("serve {release}"));
        stage.succeed(project.clone()).await;
        let answer = stage.get().await;
        assert!(answer.starts_with(&format!("{release} ")), "{answer}");
        processes.insert(answer);
        let objects = stage.objects(project).await;
        assert_eq!(objects.len(), 1, "{objects:?}");
        names.push(objects[0].id.clone());
        incarnations.insert(objects[0].incarnation.clone());
    }
    assert_eq!(names[0], names[2]);
    assert_ne!(names[0], names[1]);
    assert_eq!((incarnations.len(), processes.len()), (3, 3));
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_there_already_keeps_its_process() {
    let stage = Stage::open().await;
    stage.succeed(web("serve r1")).await;
    let before = stage.get().await;
    let report = stage.deploy(web("serve r1")).await;
    assert!(report.outcome.is_unchanged(), "{:?}", report.outcome);
    assert_eq!(stage.get().await, before);
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_needs_neither_the_sources_nor_the_engine_that_built_the_release() {
    let stage = Stage::open().await;
    stage.succeed(web("serve r1")).await;
    stage.succeed(web("serve r2")).await;
    let stage = stage.reopen().await;
    std::fs::remove_dir_all(stage.file("app")).expect("the sources are there");
    let run = stage.eve.engine().rollback(&stage.id, None, "story").await.expect("r1 was healthy");
    let report = end(&run).await;
    assert!(report.outcome.is_success(), "{:?}", report.outcome);
    assert!(stage.get().await.starts_with("r1 "));
    assert_eq!(stage.ledger().await, ["healthy", "healthy", "healthy"]);
    stage.delete().await;
}
