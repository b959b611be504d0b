//! Attempts.

use std::time::Duration;

use eve_core::desired::ImageRef;
use eve_core::{AttemptState, ChangeOutcome, Evidence, Exit, LogItem, LogOptions, Runner as _, Started, codes};
use futures_util::StreamExt as _;

use crate::place::{Place, collect, is_alive, lines};

#[tokio::test]
async fn an_attempt_that_succeeds_has_no_finding() {
    let place = Place::open().await;
    assert_eq!(place.run(&place.attempt(1, &["fixture", "exit", "0"])).await, (Exit::Code(0), None));
}

#[tokio::test]
async fn an_attempt_that_fails_says_how_and_what_it_wrote_last() {
    let place = Place::open().await;
    let (exit, finding) = place.run(&place.attempt(1, &["ls", "no-such-file"])).await;
    let finding = finding.unwrap();
    assert_eq!((exit, &finding.code, finding.exit()), (Exit::Code(2), &codes::ATTEMPT_FAILED, Some(Exit::Code(2))));
    let told = |one: &Evidence| matches!(one, Evidence::LogTail { lines, .. } if lines[0].contains("no-such-file"));
    assert!(finding.evidence.iter().any(told), "{:?}", finding.evidence);
}

#[tokio::test]
async fn starting_again_finds_what_runs_and_what_ended() {
    let place = Place::open().await;
    let (runner, cx) = (place.host.runner(), place.attempt_cx());
    let spec = place.attempt(1, &["fixture", "wait"]);
    let (one, two) = tokio::join!(runner.start(&spec, &cx), runner.start(&spec, &cx));
    assert_eq!((one.unwrap(), two.unwrap()), (Started::New, Started::Adopted));
    runner.stop(&spec.id, &cx).await.unwrap();
    assert_eq!(runner.start(&spec, &cx).await.unwrap(), Started::Ended(Exit::Signal(15)));
}

#[tokio::test]
async fn an_id_with_another_spec_is_refused() {
    let place = Place::open().await;
    place.run(&place.attempt(1, &["fixture", "exit", "0"])).await;
    let other = place.attempt(1, &["fixture", "exit", "1"]);
    let error = place.host.runner().start(&other, &place.attempt_cx()).await.unwrap_err();
    assert_eq!(error.code(), &codes::ATTEMPT_CONFLICT);
}

#[tokio::test]
async fn a_missing_program_is_an_error_and_leaves_nothing() {
    let place = Place::open().await;
    let spec = place.attempt(1, &["no-such-program"]);
    let error = place.host.runner().start(&spec, &place.attempt_cx()).await.unwrap_err();
    assert_eq!(error.code(), &codes::WORKLOAD_CANNOT_START);
    assert!(place.host.runner().owned(&place.env).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_attempt_that_is_an_image_is_refused_and_nothing_is_started() {
    let place = Place::open().await;
    let mut spec = place.attempt(1, &["fixture", "exit", "0"]);
    spec.image = Some(ImageRef::new("postgres:17").unwrap());
    let error = place.host.runner().start(&spec, &place.attempt_cx()).await.unwrap_err();
    assert_eq!(error.code(), &codes::PLAN_REFUSED);
    assert!(place.host.runner().owned(&place.env).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_attempt_whose_time_is_up_is_ended() {
    let place = Place::open().await;
    let mut spec = place.attempt(1, &["fixture", "wait"]);
    spec.timeout = Duration::from_millis(200);
    let (exit, finding) = place.run(&spec).await;
    assert_eq!((exit, finding.unwrap().code), (Exit::Signal(15), codes::ATTEMPT_DEADLINE));
}

#[tokio::test]
async fn stopping_ends_everything_that_it_started() {
    let place = Place::open().await;
    let runner = place.host.runner();
    for (i, verb) in [(1, "start-child"), (2, "start-child-away")] {
        let spec = place.attempt(i, &["fixture", verb]);
        runner.start(&spec, &place.attempt_cx()).await.unwrap();
        let mut items = runner.logs(&spec.id, LogOptions::default().with_follow(true));
        let line = lines(&[items.next().await.unwrap().unwrap()]).remove(0);
        let pid = line.strip_prefix("child ").unwrap();
        assert!(is_alive(pid));
        runner.stop(&spec.id, &place.attempt_cx()).await.unwrap();
        assert!(!is_alive(pid), "{verb}");
    }
}

#[tokio::test]
async fn stopping_what_ended_or_is_unknown_changes_nothing() {
    let place = Place::open().await;
    let (runner, cx) = (place.host.runner(), place.attempt_cx());
    let spec = place.attempt(1, &["fixture", "exit", "3"]);
    assert_eq!(runner.stop(&spec.id, &cx).await.unwrap().outcome, ChangeOutcome::Skipped);
    place.run(&spec).await;
    assert_eq!(runner.stop(&spec.id, &cx).await.unwrap().outcome, ChangeOutcome::Unchanged);
    assert_eq!(place.ended(&spec.id).await.0, Exit::Code(3));
}

#[tokio::test]
async fn files_that_it_left_are_handed_back() {
    let place = Place::open().await;
    let spec = place.attempt(1, &["fixture", "leave", "report.txt", "left\n"]);
    place.run(&spec).await;
    let found = place.host.runner().artifacts(&spec.id).await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [("report.txt".to_owned(), "left\n".into())]);
}

#[tokio::test]
async fn logs_end_with_the_exit() {
    let place = Place::open().await;
    let spec = place.attempt(1, &["fixture", "print", "3"]);
    place.host.runner().start(&spec, &place.attempt_cx()).await.unwrap();
    let items = collect(place.host.runner().logs(&spec.id, LogOptions::default().with_follow(true))).await;
    assert_eq!(lines(&items), ["line 1", "line 2", "line 3"]);
    assert!(matches!(items.last(), Some(LogItem::Ended { exit: Exit::Code(0), .. })));
}

#[tokio::test]
async fn only_what_ended_is_forgotten() {
    let place = Place::open().await;
    let (runner, cx) = (place.host.runner(), place.attempt_cx());
    let spec = place.attempt(1, &["fixture", "wait"]);
    runner.start(&spec, &cx).await.unwrap();
    assert_eq!(runner.forget(&spec.id, &cx).await.unwrap_err().code(), &codes::ATTEMPT_CONFLICT);
    runner.stop(&spec.id, &cx).await.unwrap();
    assert_eq!(runner.owned(&place.env).await.unwrap().as_slice(), std::slice::from_ref(&spec.id));
    assert_eq!(runner.forget(&spec.id, &cx).await.unwrap().outcome, ChangeOutcome::Deleted);
    assert_eq!(runner.forget(&spec.id, &cx).await.unwrap().outcome, ChangeOutcome::Skipped);
    assert!(runner.owned(&place.env).await.unwrap().is_empty());
    assert_eq!(runner.artifacts(&spec.id).await.unwrap_err().code(), &codes::ATTEMPT_UNKNOWN);
    let mut states = runner.watch(&spec.id);
    assert_eq!(states.next().await.unwrap().unwrap_err().code(), &codes::ATTEMPT_UNKNOWN);
}

#[tokio::test]
async fn a_watch_begins_with_the_present_state() {
    let place = Place::open().await;
    let spec = place.attempt(1, &["fixture", "wait"]);
    place.host.runner().start(&spec, &place.attempt_cx()).await.unwrap();
    let mut states = place.host.runner().watch(&spec.id);
    assert_eq!(states.next().await.unwrap().unwrap(), AttemptState::Running);
}
