//! Fixtures on a real cluster.
//!
//! `EVE_FIXTURES=part,part` chooses some of them; `EVE_RECORD=1` records what is seen.

use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use eve_core::{Finding, Timestamp};
use eve_runtime_k8s::{ClusterView, CollectOptions, collect, connect, diagnose};
use futures_util::StreamExt as _;
use futures_util::stream;
use kube::Client;
use tokio::time::sleep;

use super::expected::differences;
use super::fixture::Fixture;
use super::stage::Stage;

/// How often a namespace is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How many fixtures are on the cluster at a time.
const AT_A_TIME: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs kubernetes: a cluster in KUBECONFIG with the image eve-test/busybox:1"]
async fn every_fixture_is_named_with_code_owner_retry_class_and_hint() {
    let client = connect(None, None).await.expect("a cluster is configured");
    let parts = std::env::var("EVE_FIXTURES").ok();
    let fixtures = Fixture::all(parts.as_deref());
    assert!(!fixtures.is_empty(), "some fixture is chosen");
    let runs = fixtures.into_iter().map(|fixture| run(client.clone(), fixture));
    let wrong: Vec<_> = stream::iter(runs).buffer_unordered(AT_A_TIME).collect().await;
    let wrong: Vec<_> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

async fn run(client: Client, fixture: Fixture) -> Vec<String> {
    let mut stage = Stage::set(client.clone(), &fixture).await;
    let began = Instant::now();
    stage.apply(&fixture).await;
    stage.delete(&fixture).await;
    let (view, wrong) = watch(&client, &fixture, &stage.namespace, began).await;
    if std::env::var_os("EVE_RECORD").is_some() {
        let text = serde_json::to_string(&view).expect("a view has a form");
        fs::write(fixture.snapshot(), text + "\n").expect("a view can be written");
    }
    stage.strike().await;
    wrong.into_iter().map(|one| format!("{}: {one}", fixture.name)).collect()
}

/// Looks until what is expected is said, or nothing was said for long enough.
async fn watch(client: &Client, fixture: &Fixture, namespace: &str, began: Instant) -> (ClusterView, Vec<String>) {
    let options = CollectOptions::default();
    let mut failed = Vec::new();
    loop {
        let view = collect(client.clone(), namespace, &options).await;
        let findings = diagnose(&view);
        let wrong = differences(fixture, &findings);
        let is_over = began.elapsed() > fixture.patience();
        if fixture.told("healthy for").is_some() {
            let alarms = findings.iter().filter(|one| one.is_failure());
            failed.extend(alarms.map(|one| format!("false alarm after {} s: {one}", began.elapsed().as_secs())));
        }
        if (fixture.told("expect").is_some() && wrong.is_empty()) || is_over {
            say(fixture, &findings, began);
            failed.extend(wrong);
            failed.dedup();
            return (view, failed);
        }
        sleep(EVERY).await;
    }
}

/// One line a fixture: what is said, how long after it was applied, and how long after the evidence.
fn say(fixture: &Fixture, findings: &[Finding], began: Instant) {
    let after = began.elapsed().as_secs_f32();
    let name = &fixture.name;
    let Some(first) = findings.first() else {
        println!("{name:34} nothing after {after:.0} s");
        return;
    };
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_millis();
    let now = Timestamp::from_millis(u64::try_from(millis).expect("the clock is before the year 584 million"));
    let since = now.since(first.since).as_secs_f32();
    println!(
        "{name:34} {:38} {:8} {:8} {:12} {after:5.1} s after it was applied, {since:5.1} s since the evidence",
        first.code.to_string(),
        first.verdict.word(),
        first.owner.to_string(),
        first.retry.to_string(),
    );
}
