//! Calls.

use std::task::Poll;

use eve_core::control::{Channel as _, Message, PartName};
use eve_core::{Cancel, EnvironmentId, ErrorKind, Fence, codes};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use rustix::process::Signal;

use crate::ask::Ask;
use crate::stage::{PATIENCE, Stage, TOYS, call, eventually, is_alive, signal, until_other_than};

#[tokio::test]
async fn an_error_comes_back_as_the_part_made_it() {
    let stage = Stage::new();
    let control = stage.open().await;
    let error = call::<()>(&control, Ask::Fail).await.unwrap_err();
    assert_eq!((error.code(), error.kind(), error.hint()), (&codes::RUN_UNKNOWN, ErrorKind::NotFound, Some("buy one")));
    assert!(error.chain().ends_with("caused by: the cause"), "{}", error.chain());
}

#[tokio::test]
async fn an_unknown_part_is_an_error_of_the_call_alone() {
    let stage = Stage::new();
    let control = stage.open().await;
    let nobody = PartName::new("nobody", 1);
    let error = control.call(&nobody, Message::of(&1).unwrap(), &Cancel::new()).await.unwrap_err();
    assert_eq!(error.code(), &codes::CONTROL_UNKNOWN_PART);
    let mut items = control.stream(&nobody, Message::of(&1).unwrap());
    assert_eq!(items.next().await.unwrap().unwrap_err().code(), &codes::CONTROL_UNKNOWN_PART);
    assert!(items.next().await.is_none());
    call::<String>(&control, Ask::Echo(String::new())).await.unwrap();
}

#[tokio::test]
async fn what_a_part_of_another_version_would_be_told_is_not_sent() {
    let stage = Stage::new();
    let control = stage.open().await;
    let newer = PartName::new("toys", 2);
    let request = || Message::of(&Ask::Mark(1)).unwrap();
    let error = control.call(&newer, request(), &Cancel::new()).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), (&codes::CONTROL_VERSION, false));
    assert!(error.hint().unwrap().contains(&format!("process {}", control.pid())));
    let mut items = control.stream(&newer, request());
    assert_eq!(items.next().await.unwrap().unwrap_err().code(), &codes::CONTROL_VERSION);
    assert_eq!(call::<Vec<u64>>(&control, Ask::Marks).await.unwrap(), [0_u64; 0]);
}

#[tokio::test]
async fn a_part_that_panics_answers_with_an_error_and_goes_on() {
    let stage = Stage::new();
    let control = stage.open().await;
    assert_eq!(call::<()>(&control, Ask::Panic).await.unwrap_err().code(), &codes::INTERNAL_INVARIANT);
    call::<String>(&control, Ask::Echo(String::new())).await.unwrap();
    let log = std::fs::read_to_string(stage.supervisor_path("log")).unwrap();
    assert!(log.contains("a toy broke"), "{log}");
}

#[tokio::test]
async fn calls_and_streams_begin_in_the_order_in_which_they_were_made() {
    let stage = Stage::new();
    let control = stage.open().await;
    // More than may be unanswered at a time.
    let marks: Vec<_> = (0..2000).collect();
    let (calls, mut streams) = (FuturesUnordered::new(), Vec::new());
    for mark in &marks {
        if mark % 7 == 0 {
            streams.push(control.stream(&TOYS, Message::of(&Ask::Mark(*mark)).unwrap()));
            continue;
        }
        // The first poll of a call is when it is made.
        let mut call = Box::pin(call::<()>(&control, Ask::Mark(*mark)));
        let first = futures_util::poll!(&mut call);
        calls.push(async move { if let Poll::Ready(answer) = first { answer } else { call.await } });
    }
    assert!(calls.all(|answer| async move { answer.is_ok() }).await);
    for stream in streams {
        let items: Vec<_> = stream.collect().await;
        assert!(items.is_empty(), "{items:?}");
    }
    assert_eq!(call::<Vec<u64>>(&control, Ask::Marks).await.unwrap(), marks);
}

#[tokio::test]
async fn a_call_that_its_caller_does_not_poll_holds_nobody_up() {
    let stage = Stage::new();
    let control = stage.open().await;
    signal(control.pid(), Signal::KILL);
    eventually("it must end", || !is_alive(control.pid())).await;
    // The first one has to make a new connection, and is not polled meanwhile.
    let mut first = Box::pin(call::<String>(&control, Ask::Echo("first".to_owned())));
    assert!(futures_util::poll!(&mut first).is_pending());
    let second = async || call::<String>(&control, Ask::Echo("second".to_owned())).await;
    assert_eq!(until_other_than(&codes::SUPERVISOR_LOST, second).await.unwrap(), "second");
    drop(first);
}

#[tokio::test]
async fn calls_run_side_by_side_once_they_have_begun() {
    let stage = Stage::new();
    let control = stage.open().await;
    let cancel = Cancel::new();
    let waits = (0..200).map(|n| Message::of(&Ask::Patience { file: stage.path(&format!("wait-{n}")) }).unwrap());
    let waiting = join_all(waits.map(|ask| control.call(&TOYS, ask, &cancel)));
    let asking = async {
        eventually("all must have begun", || (0..200).all(|n| !stage.lines(&format!("wait-{n}")).is_empty())).await;
        let answer = call::<String>(&control, Ask::Echo("beside".to_owned())).await.unwrap();
        cancel.cancel();
        answer
    };
    let both = async { tokio::join!(waiting, asking) };
    let (waited, answer) = tokio::time::timeout(2 * PATIENCE, both).await.unwrap();
    assert_eq!((answer.as_str(), waited.iter().filter(|answer| answer.is_ok()).count()), ("beside", 200));
}

#[tokio::test]
async fn a_cancellation_reaches_the_part_and_its_answer_is_waited_for() {
    let stage = Stage::new();
    let control = stage.open().await;
    let (cancel, request) = (Cancel::new(), Message::of(&Ask::Patience { file: stage.path("waits") }).unwrap());
    let begun = async {
        eventually("it must begin", || stage.lines("waits") == ["begun"]).await;
        cancel.cancel();
    };
    let (answer, ()) = tokio::join!(control.call(&TOYS, request, &cancel), begun);
    answer.unwrap().decode::<()>().unwrap();
    assert_eq!(stage.lines("waits"), ["begun", "cancelled"]);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_is_done() {
    let stage = Stage::new();
    let control = stage.open().await;
    let file = stage.path("work");
    {
        let work = call::<()>(&control, Ask::Work { file, millis: 300 });
        tokio::pin!(work);
        let begun = eventually("it must begin", || stage.lines("work") == ["begun"]);
        tokio::select! { _ = &mut work => panic!("it takes longer"), () = begun => {} }
    }
    eventually("it must be done", || stage.lines("work") == ["begun", "done"]).await;
}

#[tokio::test]
async fn a_call_survives_the_death_of_its_engine() {
    let stage = Stage::new();
    let mut engine = stage.engine(&Ask::Work { file: stage.path("work"), millis: 700 });
    eventually("it must begin", || stage.lines("work") == ["begun"]).await;
    engine.kill().unwrap();
    engine.wait().unwrap();
    assert_eq!(stage.lines("work"), ["begun"], "the engine died in the middle of it");
    eventually("it must be done", || stage.lines("work") == ["begun", "done"]).await;
}

#[tokio::test]
async fn a_large_message_comes_through_and_a_larger_one_is_an_error_of_its_call() {
    let stage = Stage::new();
    let control = stage.open().await;
    let large = "x".repeat(15 << 20);
    assert_eq!(call::<String>(&control, Ask::Echo(large.clone())).await.unwrap(), large);
    let sent = call::<String>(&control, Ask::Echo("x".repeat(17 << 20))).await.unwrap_err();
    let received = call::<String>(&control, Ask::Large(17 << 20)).await.unwrap_err();
    assert_eq!((sent.code(), received.code()), (&codes::CONTROL_OVERSIZED, &codes::CONTROL_OVERSIZED));
    let garbage = control.call(&TOYS, Message::from_text("{\"echo\":"), &Cancel::new()).await.unwrap_err();
    assert_eq!(garbage.code(), &codes::CONTROL_MALFORMED);
    call::<String>(&control, Ask::Echo(String::new())).await.unwrap();
}

#[tokio::test]
async fn an_older_fencing_token_is_refused_by_the_next_supervisor_too() {
    let stage = Stage::new();
    let control = stage.open().await;
    let env = EnvironmentId::parse("acme/shop/test").unwrap();
    call::<()>(&control, Ask::Admit(env.clone(), Fence::new(2))).await.unwrap();
    signal(control.pid(), Signal::KILL);
    let next = stage.open().await;
    assert_ne!(next.pid(), control.pid());
    let error = call::<()>(&next, Ask::Admit(env.clone(), Fence::new(1))).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), (&codes::LEASE_LOST, ErrorKind::Fenced));
    call::<()>(&next, Ask::Admit(env, Fence::new(2))).await.unwrap();
}
