//! Bad messages: a typed refusal, nothing is done, and others go on.

use eve_core::{Result, codes};
use eve_supervisor::Control;
use serde_json::json;

use crate::ask::Ask;
use crate::raw::Raw;
use crate::stage::{Stage, call, until_other_than};

/// A supervisor with another client, which must notice nothing.
struct Beside {
    stage: Stage,
    control: Control,
}

impl Beside {
    async fn new() -> Self {
        let stage = Stage::new();
        let control = stage.open().await;
        call::<()>(&control, Ask::Mark(1)).await.unwrap();
        Self { stage, control }
    }

    /// The part saw what the other client asked and nothing else.
    async fn noticed_nothing(self) -> Result<()> {
        call::<()>(&self.control, Ask::Mark(2)).await?;
        assert_eq!(call::<Vec<u64>>(&self.control, Ask::Marks).await?, [1, 2]);
        Ok(())
    }
}

#[tokio::test]
async fn another_protocol_is_refused_with_both_versions() {
    let beside = Beside::new().await;
    let mut raw = Raw::silent(&beside.stage);
    raw.send(&json!({"protocol": 7, "version": "7.0.1", "more": [1]}));
    let refused = raw.receive();
    let error = &refused["refused"]["error"];
    assert_eq!(error["code"], codes::CONTROL_VERSION.as_str());
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("7.0.1") && hint.contains(env!("CARGO_PKG_VERSION")), "{hint}");
    beside.noticed_nothing().await.unwrap();
}

#[tokio::test]
async fn an_oversized_frame_is_refused_before_it_is_sent() {
    let beside = Beside::new().await;
    for mut raw in [Raw::silent(&beside.stage), Raw::welcome(&beside.stage)] {
        raw.send_bytes(&(16 * 1024 * 1024_u32 + 1).to_be_bytes());
        assert_eq!(raw.refused(), codes::CONTROL_OVERSIZED.as_str());
    }
    beside.noticed_nothing().await.unwrap();
}

#[tokio::test]
async fn half_a_frame_and_then_silence_is_refused_after_a_while() {
    let beside = Beside::new().await;
    let whole = json!({"call": {"id": 1, "part": {"name": "toys", "version": 1}, "body": {"mark": 9}}}).to_string();
    let half = |mut raw: Raw, bytes: usize| {
        let length = u32::try_from(whole.len()).unwrap().to_be_bytes();
        raw.send_bytes(&[&length[..], whole.as_bytes()].concat()[..bytes]);
        raw
    };
    let halves = [
        Raw::silent(&beside.stage),
        half(Raw::silent(&beside.stage), 2),
        half(Raw::silent(&beside.stage), 20),
        half(Raw::welcome(&beside.stage), 2),
        half(Raw::welcome(&beside.stage), 20),
    ];
    // All wait at the same time.
    for raw in halves {
        assert_eq!(raw.refused(), codes::CONTROL_MALFORMED.as_str());
    }
    beside.noticed_nothing().await.unwrap();
}

#[tokio::test]
async fn half_a_frame_and_then_the_end_is_refused() {
    let beside = Beside::new().await;
    for mut raw in [Raw::silent(&beside.stage), Raw::welcome(&beside.stage)] {
        raw.send_bytes(&[0, 0, 0, 60]);
        raw.send_bytes(br#"{"call": {"id": 1, "part": {"name": "toys", "version": 1}, "body": {"mark""#);
        raw.end_output();
        assert_eq!(raw.refused(), codes::CONTROL_MALFORMED.as_str());
    }
    let mut gone = Raw::welcome(&beside.stage);
    gone.send_bytes(&[0, 0]);
    drop(gone);
    beside.noticed_nothing().await.unwrap();
}

#[tokio::test]
async fn what_is_no_frame_is_refused_and_not_repeated() {
    let beside = Beside::new().await;
    let frames = [
        "",
        "no JSON",
        "null",
        "[]",
        r#"{"call": {"id": 1, "part": {"name": "toys", "version": 1}, "body": {"mark": 9}}"#,
        r#"{"call": {"id": 1, "part": {"name": "toys", "version": 1}}}"#,
        r#"{"call": {"id": -1, "part": {"name": "toys", "version": 1}, "body": {"mark": 9}}}"#,
        r#"{"call": {"id": 0, "part": {"name": "toys", "version": 1}, "body": {"mark": 9}}}"#,
        r#"{"call": {"id": 1, "part": {"name": "toys", "version": 1}, "body": {"mark": 9}}} {"mark": 9}"#,
        r#"{"steer": {"id": 1}}"#,
        r#"{"hunter22": {"id": 1}}"#,
        "\u{0}\u{0}",
    ];
    for frame in frames {
        for mut raw in [Raw::silent(&beside.stage), Raw::welcome(&beside.stage)] {
            raw.send_text(frame);
            let refused = raw.receive();
            assert_eq!(refused["refused"]["error"]["code"], codes::CONTROL_MALFORMED.as_str(), "{frame}");
            assert!(!refused.to_string().contains("hunter"), "{refused}");
        }
    }
    beside.noticed_nothing().await.unwrap();
}

#[tokio::test]
async fn an_id_that_was_used_is_refused() {
    let beside = Beside::new().await;
    let echo = |id: u64| json!({"call": {"id": id, "part": {"name": "toys", "version": 1}, "body": {"echo": "once"}}});
    let mark =
        |kind: &str, id: u64| json!({kind: {"id": id, "part": {"name": "toys", "version": 1}, "body": {"mark": 9}}});
    for again in [mark("call", 3), mark("call", 2), mark("stream", 3)] {
        let mut raw = Raw::welcome(&beside.stage);
        raw.send(&echo(3));
        assert_eq!(raw.receive(), json!({"answer": {"id": 3, "body": "once"}}));
        raw.send(&again);
        assert_eq!(raw.refused(), codes::CONTROL_MALFORMED.as_str());
    }
    beside.noticed_nothing().await.unwrap();
}

#[tokio::test]
async fn more_calls_or_items_than_may_be_are_refused() {
    let beside = Beside::new().await;
    let mut calls = Raw::welcome(&beside.stage);
    for id in 1..=257_u32 {
        let file = beside.stage.path("patience");
        calls.send(
            &json!({"call": {"id": id, "part": {"name": "toys", "version": 1}, "body": {"patience": {"file": file}}}}),
        );
    }
    assert_eq!(calls.refused(), codes::CONTROL_MALFORMED.as_str());
    assert_eq!(beside.stage.lines("patience").len(), 256);
    let mut items = Raw::welcome(&beside.stage);
    items.send(&json!({"stream": {"id": 1, "part": {"name": "toys", "version": 1}, "body": {"endless": {"file": beside.stage.path("e")}}}}));
    for number in 0..64 {
        assert_eq!(items.receive()["item"]["body"], number);
    }
    items.send(&json!({"more": {"id": 1, "items": 65}}));
    assert_eq!(items.refused(), codes::CONTROL_MALFORMED.as_str());
    beside.noticed_nothing().await.unwrap();
}

#[tokio::test]
async fn what_crosses_an_answer_is_no_fault() {
    let beside = Beside::new().await;
    let mut raw = Raw::welcome(&beside.stage);
    raw.send(&json!({"call": {"id": 1, "part": {"name": "toys", "version": 1}, "body": {"echo": "a"}}}));
    assert_eq!(raw.receive(), json!({"answer": {"id": 1, "body": "a"}}));
    for late in [json!({"cancel": {"id": 1}}), json!({"drop": {"id": 1}}), json!({"more": {"id": 1, "items": 9}})] {
        raw.send(&late);
    }
    raw.send(&json!({"call": {"id": 2, "part": {"name": "toys", "version": 1}, "body": {"echo": "b"}}}));
    assert_eq!(raw.receive(), json!({"answer": {"id": 2, "body": "b"}}));
    beside.noticed_nothing().await.unwrap();
}

#[tokio::test]
async fn a_client_too_many_is_refused_until_another_one_leaves() {
    let beside = Beside::new().await;
    let mut others: Vec<_> = (0..63).map(|_| Raw::welcome(&beside.stage)).collect();
    let error = Control::connect(beside.stage.dir()).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), (&codes::SUPERVISOR_UNAVAILABLE, true));
    others.pop();
    until_other_than(&codes::SUPERVISOR_UNAVAILABLE, async || Control::connect(beside.stage.dir()).await)
        .await
        .unwrap();
    beside.noticed_nothing().await.unwrap();
}
