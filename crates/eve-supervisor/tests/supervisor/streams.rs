//! Streams.

use eve_core::codes;
use eve_core::control::{Channel as _, Message};
use eve_supervisor::Control;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::json;

use crate::ask::Ask;
use crate::raw::Raw;
use crate::stage::{PATIENCE, Stage, TOYS, call, eventually};

fn stream(control: &Control, ask: &Ask) -> impl futures_util::Stream<Item = eve_core::Result<Message>> + Unpin + use<> {
    control.stream(&TOYS, Message::of(ask).unwrap())
}

#[tokio::test]
async fn all_items_come_in_their_order_and_then_the_end() {
    let stage = Stage::new();
    let control = stage.open().await;
    let items = stream(&control, &Ask::Count(1000)).map(|item| item?.decode::<u64>()).try_collect::<Vec<_>>();
    let items = tokio::time::timeout(PATIENCE, items).await.unwrap().unwrap();
    assert_eq!(items, (0..1000).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_error_is_an_item_and_the_stream_goes_on() {
    let stage = Stage::new();
    let control = stage.open().await;
    let items: Vec<_> = stream(&control, &Ask::Flawed).collect().await;
    let codes: Vec<_> = items.iter().map(|item| item.as_ref().err().map(|e| e.code().clone())).collect();
    assert_eq!(codes, [None, Some(codes::ATTEMPT_FAILED), None]);
    let error = stream(&control, &Ask::Mood).next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), &codes::CONTROL_MALFORMED);
}

#[tokio::test]
async fn a_reader_that_takes_nothing_stops_nobody_else() {
    let stage = Stage::new();
    let control = stage.open().await;
    let lazy: Vec<_> =
        (0..50).map(|n| stream(&control, &Ask::Endless { file: stage.path(&format!("lazy-{n}")) })).collect();
    let eager = stream(&control, &Ask::Count(500)).try_collect::<Vec<_>>();
    assert_eq!(tokio::time::timeout(PATIENCE, eager).await.unwrap().unwrap().len(), 500);
    call::<String>(&control, Ask::Echo(String::new())).await.unwrap();
    assert_eq!(stage.lines("lazy-0"), Vec::<String>::new());
    drop(lazy);
    eventually("the part must be told", || (0..50).all(|n| stage.lines(&format!("lazy-{n}")) == ["dropped"])).await;
}

#[tokio::test]
async fn a_stream_sends_no_more_than_was_asked_for() {
    let stage = Stage::new();
    let _control = stage.open().await;
    let mut raw = Raw::welcome(&stage);
    raw.send(&json!({"stream": {"id": 1, "part": {"name": "toys", "version": 1}, "body": {"count": 1000}}}));
    for number in 0..64 {
        assert_eq!(raw.receive(), json!({"item": {"id": 1, "body": number}}));
    }
    // What comes next is an answer, not an item.
    raw.send(&json!({"call": {"id": 2, "part": {"name": "toys", "version": 1}, "body": {"echo": "next"}}}));
    assert_eq!(raw.receive(), json!({"answer": {"id": 2, "body": "next"}}));
    raw.send(&json!({"more": {"id": 1, "items": 2}}));
    assert_eq!(raw.receive(), json!({"item": {"id": 1, "body": 64}}));
    assert_eq!(raw.receive(), json!({"item": {"id": 1, "body": 65}}));
    raw.send(&json!({"drop": {"id": 1}}));
    raw.send(&json!({"call": {"id": 3, "part": {"name": "toys", "version": 1}, "body": {"echo": "last"}}}));
    assert_eq!(raw.receive(), json!({"answer": {"id": 3, "body": "last"}}));
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_streams() {
    let stage = Stage::new();
    let _control = stage.open().await;
    let file = stage.path("endless");
    let mut raw = Raw::welcome(&stage);
    raw.send(
        &json!({"stream": {"id": 1, "part": {"name": "toys", "version": 1}, "body": {"endless": {"file": file}}}}),
    );
    assert_eq!(raw.receive()["item"]["body"], 0);
    drop(raw);
    eventually("the part must be told", || stage.lines("endless") == ["dropped"]).await;
}

#[tokio::test]
async fn a_stream_outlives_the_control_that_it_came_from() {
    let stage = Stage::new();
    let control = stage.open().await;
    let items = stream(&control, &Ask::Count(200));
    drop(control);
    assert_eq!(items.try_collect::<Vec<_>>().await.unwrap().len(), 200);
}
