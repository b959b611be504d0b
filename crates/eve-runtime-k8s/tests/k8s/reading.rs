//! What pods wrote, where a cluster breaks off while it hands that out.

use eve_core::{LogItem, LogOptions, LogSubject, Runtime as _, ServiceName, codes, naming};
use futures_util::StreamExt as _;
use http::StatusCode;
use serde_json::{Value, json};

use crate::mocked::{self, Answer};

fn pod() -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "web-1", "uid": "1", "resourceVersion": "5", "labels": {
            "eve.owner": "eve", "eve.object": "web", "eve.service": "web" } },
        "status": { "phase": "Running", "containerStatuses": [{ "name": "main", "image": "a", "imageID": "a", "ready": true,
            "restartCount": 0, "state": { "running": { "startedAt": "2026-01-01T00:00:00Z" } } }] } })
}

const FIRST: &str = "2026-01-01T00:00:01Z one\n2026-01-01T00:00:01Z two\n";

/// The lines that are read from a cluster that hands them out so, told from where on and how often it was asked before;
/// and the code of what ended that.
async fn read(logs: fn(bool, usize) -> Answer) -> (Vec<String>, Option<String>) {
    let namespace = naming::namespace(&mocked::environment());
    let (host, _) = mocked::cluster(move |request, before| {
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        match path.strip_prefix(&format!("/api/v1/namespaces/{namespace}/pods")) {
            Some("") => mocked::answer(
                StatusCode::OK,
                &json!({ "kind": "PodList", "apiVersion": "v1", "metadata": { "resourceVersion": "5" }, "items": [pod()] }),
            ),
            Some("/web-1") => mocked::answer(StatusCode::OK, &pod()),
            Some("/web-1/log") => logs(query.contains("sinceTime"), before),
            _ => mocked::nothing(request),
        }
    });
    let who = LogSubject::Service(mocked::environment(), ServiceName::new("web").expect("a valid name"));
    let mut items = host.runtime().logs(&who, LogOptions::default());
    let (mut lines, mut failed) = (Vec::new(), None);
    while let Some(item) = items.next().await {
        match item {
            Ok(LogItem::Line { bytes, .. }) => lines.push(String::from_utf8_lossy(&bytes).into_owned()),
            Ok(other) => lines.push(format!("{other:?}")),
            Err(error) => failed = Some(error.code().to_string()),
        }
    }
    (lines, failed)
}

#[tokio::test]
async fn it_is_read_on_after_the_last_line_where_a_cluster_broke_off() {
    let (lines, failed) = read(|goes_on, before| match (goes_on, before) {
        (false, 0) => mocked::text(FIRST),
        (false, _) => mocked::broken_off(FIRST),
        (true, _) => mocked::text(format!("{FIRST}2026-01-01T00:00:02Z three\n")),
    })
    .await;
    assert_eq!((lines, failed), (["one", "two", "three"].map(str::to_owned).into(), None));
}

#[tokio::test]
async fn a_cluster_that_breaks_off_all_the_time_is_an_error_after_what_could_be_read() {
    let (lines, failed) = read(|goes_on, before| match (goes_on, before) {
        (false, 0) => mocked::text(FIRST),
        _ => mocked::broken_off(FIRST),
    })
    .await;
    assert_eq!(lines, ["one", "two"]);
    assert_eq!(failed.as_deref(), Some(codes::BACKEND_UNAVAILABLE.as_str()));
}
