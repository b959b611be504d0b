//! A supervisor that goes away.

use std::fs;

use eve_core::control::{Channel as _, Message};
use eve_core::{Cancel, ErrorKind, codes};
use eve_supervisor::Control;
use futures_util::{StreamExt as _, TryStreamExt as _};
use rustix::process::Signal;

use crate::ask::Ask;
use crate::stage::{PATIENCE, Stage, TOYS, call, eventually, is_alive, signal, until_other_than};

#[tokio::test]
async fn what_waits_for_a_killed_supervisor_is_told_and_the_next_call_starts_another() {
    let stage = Stage::new();
    let control = stage.open().await;
    let pid = control.pid();
    let (cancel, request) = (Cancel::new(), Message::of(&Ask::Patience { file: stage.path("waits") }).unwrap());
    let waiting = control.call(&TOYS, request, &cancel);
    let mut items = control.stream(&TOYS, Message::of(&Ask::Endless { file: stage.path("endless") }).unwrap());
    let killing = async {
        eventually("it must begin", || stage.lines("waits") == ["begun"]).await;
        signal(pid, Signal::KILL);
    };
    let both = async { tokio::join!(waiting, killing) };
    let (answer, ()) = tokio::time::timeout(PATIENCE, both).await.unwrap();
    let error = answer.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::SUPERVISOR_LOST, ErrorKind::Unavailable));
    let mut last = None;
    while let Some(item) = tokio::time::timeout(PATIENCE, items.next()).await.unwrap() {
        assert!(last.is_none(), "an item came after the loss");
        last = item.err();
    }
    assert_eq!(last.unwrap().code(), &codes::SUPERVISOR_LOST);

    call::<String>(&control, Ask::Echo(String::new())).await.unwrap();
    assert_ne!(control.pid(), pid);
    assert!(is_alive(control.pid()));
}

#[tokio::test]
async fn a_stream_that_is_asked_for_after_a_loss_starts_another_too() {
    let stage = Stage::new();
    let control = stage.open().await;
    let pid = control.pid();
    signal(pid, Signal::KILL);
    eventually("it must end", || !is_alive(pid)).await;
    // Until the loss is noticed, it is what a stream ends with.
    let asking = async || control.stream(&TOYS, Message::of(&Ask::Count(3))?).try_collect::<Vec<_>>().await;
    let items = until_other_than(&codes::SUPERVISOR_LOST, asking).await.unwrap();
    assert_eq!(items.len(), 3);
    assert_ne!(control.pid(), pid);
}

#[tokio::test]
async fn without_a_way_to_start_one_the_next_call_says_that_none_runs() {
    let stage = Stage::new();
    let opened = stage.open().await;
    let control = Control::connect(stage.dir()).await.unwrap();
    signal(control.pid(), Signal::KILL);
    drop(opened);
    let asking = async || call::<String>(&control, Ask::Echo(String::new())).await;
    let error = until_other_than(&codes::SUPERVISOR_LOST, asking).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), (&codes::SUPERVISOR_UNAVAILABLE, true));
}

#[tokio::test]
async fn a_dead_supervisors_socket_is_in_nobodys_way() {
    let stage = Stage::new();
    let first = stage.open().await;
    signal(first.pid(), Signal::KILL);
    eventually("it must end", || !is_alive(first.pid())).await;
    assert!(stage.supervisor_path("socket").exists());
    let none = Control::connect(stage.dir()).await.unwrap_err();
    assert_eq!(none.code(), &codes::SUPERVISOR_UNAVAILABLE);
    assert_ne!(stage.open().await.pid(), first.pid());
}

#[tokio::test]
async fn a_removed_state_folder_ends_its_supervisor_and_not_the_next_one() {
    let stage = Stage::new();
    let first = stage.open().await;
    call::<()>(&first, Ask::Hold(true)).await.unwrap();
    fs::remove_dir_all(stage.dir()).unwrap();
    let second = stage.open().await;
    assert_ne!(second.pid(), first.pid());
    eventually("the first must end", || !is_alive(first.pid())).await;
    assert_eq!(Control::connect(stage.dir()).await.unwrap().pid(), second.pid());
}
