//! What was recorded, read again without a cluster.

use std::fs;

use eve_runtime_k8s::{ClusterView, diagnose};

use super::expected::differences;
use super::fixture::Fixture;

#[test]
fn every_recorded_view_gives_the_findings_that_it_gave_on_the_cluster() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for fixture in Fixture::all(None) {
        let Ok(text) = fs::read_to_string(fixture.snapshot()) else { continue };
        let view: ClusterView = serde_json::from_str(&text).expect("a recorded view can be read");
        let found = differences(&fixture, &diagnose(&view));
        wrong.extend(found.iter().map(|one| format!("{}: {one}", fixture.name)));
        count += 1;
    }
    assert!(count > 0, "views are recorded");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_recorded_view_holds_a_value_of_a_secret() {
    for fixture in Fixture::all(None) {
        let text = fs::read_to_string(fixture.snapshot()).unwrap_or_default();
        assert!(!text.contains("swordfish") && !text.contains("c3dvcmRmaXNo"), "{}", fixture.name);
    }
}
