//! What containers write, beyond the suites.

use std::time::Duration;

use eve_core::desired::{HealthCheck, Probe, Service};
use eve_core::{LogItem, LogOptions, LogSubject, Runtime as _, ServiceName};
use futures_util::StreamExt as _;

use crate::place::Place;
use crate::programs::shell;

/// Writes, then says that it is done, and goes on running.
fn writes(text: &str) -> Service {
    let mut service = shell(&format!("{text}; touch /done; sleep 1000 & wait $!"));
    service.ports.clear();
    service.health = Some(HealthCheck::new(Probe::Command(vec!["test".into(), "-f".into(), "/done".into()])));
    service
}

async fn lines(place: &Place, how: LogOptions) -> (Vec<String>, usize) {
    let subject = LogSubject::Service(place.id.clone(), ServiceName::new("web").expect("a valid name"));
    let mut stream = place.runtime.logs(&subject, how);
    let (mut lines, mut gaps) = (Vec::new(), 0);
    while let Some(item) = stream.next().await {
        match item.expect("logs can be read") {
            LogItem::Line { bytes, .. } => lines.push(String::from_utf8_lossy(&bytes).into_owned()),
            LogItem::Gap { .. } => gaps += 1,
            _ => {}
        }
    }
    (lines, gaps)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn no_line_of_two_streams_is_lost() {
    let place = Place::open().await;
    let text = "(i=0; while [ $i -lt 3000 ]; do echo out $i; i=$((i+1)); done) & \
                (i=0; while [ $i -lt 3000 ]; do echo err $i >&2; i=$((i+1)); done); wait";
    place.deploy(&place.want(&[("web", writes(text))])).await;
    let (all, gaps) = lines(&place, LogOptions::default()).await;
    for stream in ["out", "err"] {
        let own: Vec<_> = all.iter().filter(|line| line.starts_with(stream)).collect();
        let expected: Vec<_> = (0..3000).map(|i| format!("{stream} {i}")).collect();
        assert!(own.iter().map(|line| line.as_str()).eq(expected.iter().map(String::as_str)), "{} of 3000", own.len());
    }
    assert_eq!(gaps, 0);
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_long_line_is_one_and_one_without_an_end_comes_in_pieces() {
    let place = Place::open().await;
    let text = "head -c 40000 /dev/zero | tr '\\0' x; echo; echo between >&2; head -c 200000 /dev/zero | tr '\\0' y";
    place.deploy(&place.want(&[("web", writes(text))])).await;
    let (all, _) = lines(&place, LogOptions::default()).await;
    assert!(all.contains(&"x".repeat(40_000)), "{:?}", all.iter().map(String::len).collect::<Vec<_>>());
    assert!(all.contains(&"between".to_owned()));
    let pieces: Vec<_> = all.iter().filter(|line| line.starts_with('y')).map(String::len).collect();
    assert!(pieces.len() > 1 && pieces.iter().all(|length| *length < 100_000), "{pieces:?}");
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn following_from_the_end_tells_only_what_comes_after() {
    let place = Place::open().await;
    let mut service = shell("echo old; sleep 1; exit 1");
    service.ports.clear();
    place.ensure(&place.want(&[("web", service)])).await.expect("it is made");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let how = LogOptions::default().with_follow(true).with_tail(0);
    let subject = LogSubject::Service(place.id.clone(), ServiceName::new("web").expect("a valid name"));
    let following = place.runtime.logs(&subject, how);
    let started: Vec<_> = following
        .filter_map(|item| async move {
            match item {
                Ok(LogItem::Line { .. }) => Some(Ok(())),
                Ok(LogItem::Gap { cause, .. }) => Some(Err(cause)),
                _ => None,
            }
        })
        // Started again twice at most in that time.
        .take_until(Box::pin(tokio::time::sleep(Duration::from_secs(4))))
        .collect()
        .await;
    assert!(started.iter().all(Result::is_ok), "{started:?}");
    assert!((1..=3).contains(&started.len()), "{} lines: the history came again", started.len());
    place.close().await;
}
