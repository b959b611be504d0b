//! What is in a state folder that somebody else holds or held.

use std::sync::Arc;
use std::time::Duration;

use eve_core::{ObjectState, Runtime as _, codes};
use eve_runtime_process::{ProcessHost, ProcessRuntime};

use crate::place::{PATIENCE, Place, config, service};

#[tokio::test]
async fn a_second_holder_is_told_who_holds_the_state() {
    let place = Place::open().await;
    let error = ProcessHost::open(config(place.dir.path()), Arc::default()).await.unwrap_err();
    assert_eq!(error.code(), &codes::STATE_HELD);
    assert!(error.to_string().contains(&std::process::id().to_string()));
}

#[tokio::test]
async fn the_state_of_a_newer_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("state.json"), r#"{"schema":99,"id":"x"}"#).unwrap();
    assert_eq!(ProcessHost::open(config(dir.path()), Arc::default()).await.unwrap_err().code(), &codes::STATE_VERSION);
}

#[tokio::test]
async fn a_reader_beside_the_holder_sees_and_changes_nothing() {
    let place = Place::open().await;
    place.start(service(&["wait"])).await;
    place.ready().await;
    let reader = ProcessRuntime::open_read_only(config(place.dir.path())).unwrap();
    let seen = reader.observe(&place.env).await.unwrap();
    assert!(Place::only(&seen).state.is_ready());
    assert_eq!(reader.owned().unwrap().environments().await.unwrap().as_slice(), std::slice::from_ref(&place.env));
    let op = eve_core::Op::delete(&Place::only(&seen), "a test");
    assert_eq!(reader.perform(&op, &place.cx(&op)).await.unwrap_err().code(), &codes::STATE_READ_ONLY);
    assert!(Place::only(&place.observe().await).state.is_ready());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn dropping_everything_kills_what_runs_for_good() {
    let place = Place::open().await;
    place.start(service(&["start-child"])).await;
    place.ready().await;
    let Place { dir, host, runtime, .. } = place;
    assert!(!dir.marked("instances/").is_empty());
    drop((host, runtime));
    let gone = async {
        while !dir.marked("instances/").is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("everything is killed");
    // Longer than the first pause before a restart.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(dir.marked("instances/"), Vec::<String>::new());
}

#[tokio::test]
async fn shutting_down_ends_everything() {
    let place = Place::open().await;
    place.start(service(&["wait"])).await;
    place.ready().await;
    place.host.shutdown().await;
    assert!(matches!(Place::only(&place.observe().await).state, ObjectState::Ended { .. }));
}
