//! Planning. Nothing is started.

use std::time::Duration;

use eve_core::desired::{HealthCheck, ImageRef, Mount, Port, Probe, Process, Protocol, Source, Strategy};
use eve_core::{ByteSize, LossGrade, MilliCpu, VolumeName, codes};

use crate::place::{Place, name, published, service};

#[tokio::test]
async fn equal_input_gives_an_equal_plan() {
    let place = Place::open().await;
    let want = place.bound([("web", service(&["wait"]))]).await;
    assert_eq!(place.plan(&want).await.unwrap(), place.plan(&want).await.unwrap());
}

#[tokio::test]
async fn whatever_changes_an_instance_changes_its_name() {
    let place = Place::open().await;
    let mut checked = service(&["wait"]);
    checked.health = Some(HealthCheck::new(Probe::Command(vec!["true".to_owned()])));
    let mut patient = service(&["wait"]);
    patient.stop_grace = Duration::from_secs(6);
    let mut names = std::collections::BTreeSet::new();
    for service in [service(&["wait"]), service(&["serve"]), checked, patient] {
        let want = place.bound([("web", service)]).await;
        names.insert(place.plan(&want).await.unwrap().ensure[0].object.name.clone());
    }
    assert_eq!(names.len(), 4);
}

#[tokio::test]
async fn every_image_is_named_at_once() {
    let place = Place::open().await;
    let mut image = service(&["wait"]);
    image.source = Source::Image(ImageRef::new("postgres:17").unwrap());
    let want = place.bound([("db", image.clone()), ("cache", image)]).await;
    let error = place.plan(&want).await.unwrap_err();
    assert_eq!(error.code(), &codes::PLAN_REFUSED);
    assert!(error.to_string().contains("db") && error.to_string().contains("cache"));
}

#[tokio::test]
async fn a_service_needs_an_artifact_and_a_command_line() {
    let place = Place::open().await;
    let mut want = place.bound([("web", service(&["wait"]))]).await;
    want.artifacts.clear();
    assert_eq!(place.plan(&want).await.unwrap_err().code(), &codes::RELEASE_NO_ARTIFACT);
    let mut empty = service(&[]);
    empty.process = Process::default();
    let want = place.bound([("web", empty)]).await;
    assert_eq!(place.plan(&want).await.unwrap_err().code(), &codes::PLAN_REFUSED);
}

#[tokio::test]
async fn a_working_folder_that_leads_out_is_refused() {
    let place = Place::open().await;
    let mut web = service(&["wait"]);
    web.process.working_dir = Some("../other".to_owned());
    let want = place.bound([("web", web)]).await;
    assert_eq!(place.plan(&want).await.unwrap_err().code(), &codes::PLAN_REFUSED);
}

#[tokio::test]
async fn what_is_not_claimed_is_unsupported() {
    let place = Place::open().await;
    let mut rolling = service(&["wait"]);
    rolling.rollout.strategy = Some(Strategy::Rolling);
    let mut mounted = service(&["wait"]);
    mounted.mounts.push(Mount::new(VolumeName::new("data").unwrap(), "/data"));
    for service in [rolling, mounted] {
        let want = place.bound([("web", service)]).await;
        assert_eq!(place.plan(&want).await.unwrap_err().code(), &codes::CAPABILITY_UNSUPPORTED);
    }
}

#[tokio::test]
async fn what_cannot_be_honoured_is_a_loss() {
    let place = Place::open().await;
    let mut web = service(&["wait"]);
    web.resources.limits.cpu = Some(MilliCpu::new(500));
    web.resources.limits.memory = Some(ByteSize::bytes(1 << 30));
    let mut port = Port::tcp(53);
    port.protocol = Protocol::Udp;
    web.ports.push(port);
    web.files.push(serde_json::from_str(r#"{"source":"a","target":"/a"}"#).unwrap());
    let want = place.bound([("web", web)]).await;
    let losses = place.plan(&want).await.unwrap().losses;
    let found: Vec<_> = losses.iter().map(|loss| (loss.path.as_str(), loss.grade)).collect();
    let memory = if cfg!(target_os = "linux") { LossGrade::Approximated } else { LossGrade::Ignored };
    assert_eq!(
        found,
        [
            ("services.web.resources.limits.cpu", LossGrade::Ignored),
            ("services.web.resources.limits.memory", memory),
            ("services.web.ports.0", LossGrade::Refused),
            ("services.web.files.0", LossGrade::Refused),
        ]
    );
}

#[tokio::test]
async fn what_cannot_overlap_stops_first() {
    let place = Place::open().await;
    let mut fixed = service(&["serve"]);
    fixed.ports.push(published(18080));
    let mut asked = service(&["wait"]);
    asked.rollout.strategy = Some(Strategy::Recreate);
    let want = place.bound([("fixed", fixed), ("asked", asked), ("free", service(&["wait"]))]).await;
    let stop_first = place.plan(&want).await.unwrap().stop_first;
    assert_eq!(stop_first.keys().collect::<Vec<_>>(), [&name("asked"), &name("fixed")]);
}
