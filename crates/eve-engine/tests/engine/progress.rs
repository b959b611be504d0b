//! What a run says while it goes on.

use std::collections::BTreeSet;

use eve_core::{ProgressEvent, ProgressStatus};
use futures_util::StreamExt as _;

use crate::bench::{Bench, job, web, with_jobs};

#[tokio::test]
async fn a_run_says_what_it_does_as_a_tree_that_ends() {
    let bench = Bench::new();
    let run = bench.begin(with_jobs(web(&["serve-after", "20"]), &[("migrate", job(&["print", "x"]))])).await;
    let said: Vec<ProgressEvent> = bench.within("the events", run.events().collect()).await;
    let id = run.id().as_str();
    assert_eq!((said[0].id.as_str(), said[0].parent.as_deref(), said[0].status), (id, None, ProgressStatus::Started));
    let last = said.last().unwrap();
    assert_eq!((last.id.as_str(), last.status), (id, ProgressStatus::Done));
    // Whatever is part of something was heard of before.
    let mut known = BTreeSet::new();
    for event in &said {
        assert!(event.parent.as_ref().is_none_or(|parent| known.contains(parent)), "{event:?}");
        known.insert(event.id.clone());
    }
    let of_step = |step: &str| {
        let id = format!("{id}/{step}");
        said.iter().filter(|event| event.id == id).map(|event| event.status).collect::<Vec<_>>()
    };
    for step in ["build", "release", "migrate", "deploy"] {
        assert_eq!(of_step(step), [ProgressStatus::Started, ProgressStatus::Done], "{step}");
    }
    let counted = said.iter().find(|event| event.total.is_some()).unwrap();
    assert_eq!((counted.current, counted.total), (Some(1), Some(1)));
    assert!(counted.id.contains("ready web"), "{counted:?}");
}

#[tokio::test]
async fn whoever_comes_late_hears_everything() {
    let bench = Bench::new();
    let run = bench.begin(web(&["serve"])).await;
    let early: Vec<_> = bench.within("the events", run.events().collect()).await;
    bench.end(&run).await;
    let late: Vec<_> = bench.within("the events", run.events().collect()).await;
    assert_eq!(early, late);
}

#[tokio::test]
async fn a_failed_run_says_which_step_failed_and_which_were_not_reached() {
    let bench = Bench::new();
    let run = bench.begin(with_jobs(web(&["serve"]), &[("migrate", job(&["exit", "1"]))])).await;
    let said: Vec<ProgressEvent> = bench.within("the events", run.events().collect()).await;
    let last = |step: &str| {
        let id = format!("{}/{step}", run.id());
        said.iter().rev().find(|event| event.id == id).unwrap().status
    };
    assert_eq!(last("migrate"), ProgressStatus::Failed);
    assert_eq!(last("deploy"), ProgressStatus::Cancelled);
    assert_eq!(said.last().unwrap().status, ProgressStatus::Failed);
}
