//! Planning. Nothing is started.

use std::time::Duration;

use eve_core::desired::{
    BuildSpec, FileMount, HealthCheck, ImageRef, Job, Mount, Port, Probe, Process, Protocol, Source, Strategy,
};
use eve_core::{Bound, ByteSize, LossGrade, MilliCpu, SourcePath, Template, VarName, VolumeName, codes};

use crate::place::{Place, name, published, service};

/// The paths that a plan says are ignored, and nothing else is lost.
async fn ignored(place: &Place, want: &Bound) -> Vec<String> {
    let losses = place.plan(want).await.unwrap().losses;
    assert!(losses.iter().all(|loss| loss.grade == LossGrade::Ignored && loss.code.is_some()), "{losses:?}");
    losses.into_iter().map(|loss| loss.path).collect()
}

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
    web.resources.requests.memory = Some(ByteSize::bytes(1 << 20));
    let mut port = Port::tcp(53);
    port.protocol = Protocol::Udp;
    web.ports.push(port);
    web.files.push(FileMount::new(SourcePath::new("a").unwrap(), "/a"));
    let want = place.bound([("web", web)]).await;
    let losses = place.plan(&want).await.unwrap().losses;
    let found: Vec<_> = losses.iter().map(|loss| (loss.path.as_str(), loss.grade)).collect();
    let memory = if cfg!(target_os = "linux") { LossGrade::Approximated } else { LossGrade::Ignored };
    assert_eq!(
        found,
        [
            ("services.web.resources.limits.cpu", LossGrade::Ignored),
            ("services.web.resources.limits.memory", memory),
            ("services.web.resources.requests.memory", LossGrade::Ignored),
            ("services.web.ports.0", LossGrade::Refused),
            ("services.web.files.0", LossGrade::Refused),
        ]
    );
}

#[tokio::test]
async fn what_a_build_says_in_vain_is_a_loss() {
    let place = Place::open().await;
    let mut web = service(&["wait"]);
    let mut build = BuildSpec::new(".");
    build.dockerfile = Some("Dockerfile".to_owned());
    build.args.insert("MODE".to_owned(), "fast".to_owned());
    web.source = Source::Build(build.clone());
    let mut want = place.bound([("web", web)]).await;
    want.desired.jobs.insert(name("migrate"), Job::new(Source::Build(build), Process::new(["true"])));
    assert_eq!(
        ignored(&place, &want).await,
        [
            "services.web.source.dockerfile",
            "services.web.source.args.MODE",
            "services.migrate.source.dockerfile",
            "services.migrate.source.args.MODE",
        ]
    );
}

#[tokio::test]
async fn a_variable_that_the_runtime_sets_is_a_loss() {
    let place = Place::open().await;
    let mut web = service(&["serve"]);
    web.ports.push(Port::tcp(80));
    for variable in ["PORT", "PORT_80", "PORT_81", "EVE_INSTANCE", "MINE"] {
        web.process.environment.insert(VarName::new(variable).unwrap(), Template::text("1"));
    }
    let mut portless = service(&["wait"]);
    portless.process.environment.insert(VarName::new("PORT").unwrap(), Template::text("1"));
    let want = place.bound([("free", portless), ("web", web)]).await;
    assert_eq!(
        ignored(&place, &want).await,
        ["EVE_INSTANCE", "PORT", "PORT_80"].map(|variable| format!("services.web.environment.{variable}"))
    );
}

#[tokio::test]
async fn what_a_job_cannot_have_is_a_loss() {
    let place = Place::open().await;
    let mut want = place.bound([]).await;
    let mut job = Job::new(Source::Build(BuildSpec::new(".")), Process::new(["true"]));
    job.resources.limits.cpu = Some(MilliCpu::new(500));
    job.process.environment.insert(VarName::new("EVE_ARTIFACTS").unwrap(), Template::text("/mine"));
    want.desired.jobs.insert(name("migrate"), job);
    assert_eq!(
        ignored(&place, &want).await,
        ["services.migrate.resources.limits.cpu", "services.migrate.environment.EVE_ARTIFACTS"]
    );
}

#[tokio::test]
async fn a_port_that_two_would_hold_is_refused() {
    let place = Place::open().await;
    let mut twice = service(&["serve"]);
    twice.ports.extend([Port::tcp(80), Port::tcp(80)]);
    let mut fixed = service(&["serve"]);
    fixed.ports.push(published(18080));
    fixed.replicas = 2;
    let want = place.bound([("fixed", fixed), ("twice", twice)]).await;
    let losses = place.plan(&want).await.unwrap().losses;
    let found: Vec<_> = losses.iter().map(|loss| (loss.path.as_str(), loss.grade)).collect();
    let refused = LossGrade::Refused;
    assert_eq!(found, [("services.fixed.replicas", refused), ("services.twice.ports.1", refused)]);
}

#[tokio::test]
async fn an_address_of_the_host_that_is_not_its_own_is_ignored() {
    let place = Place::open().await;
    let mut web = service(&["serve"]);
    for (number, host) in [(80, None), (81, Some("127.0.0.1")), (82, Some("::1")), (83, Some("0.0.0.0"))] {
        let mut port = published(18000 + number);
        port.number = number;
        port.host = host.map(|host| host.parse().unwrap());
        web.ports.push(port);
    }
    let want = place.bound([("web", web)]).await;
    assert_eq!(ignored(&place, &want).await, ["services.web.ports.3.host"]);
}

#[tokio::test]
async fn a_health_check_that_cannot_be_tried_is_refused() {
    let place = Place::open().await;
    let check = |probe| HealthCheck::new(probe);
    let http = |port, path: &str| Probe::Http { port, path: path.to_owned() };
    let mut hasty = check(Probe::Tcp { port: None });
    hasty.interval = Duration::ZERO;
    let bad = [
        check(Probe::Tcp { port: Some(81) }),
        check(http(None, "healthz")),
        check(http(None, "/ HTTP/1.1\r\nX: y")),
        check(Probe::Command(Vec::new())),
        hasty,
    ];
    for health in bad {
        let mut web = service(&["serve"]);
        web.ports.push(Port::tcp(80));
        web.health = Some(health.clone());
        let want = place.bound([("web", web)]).await;
        let error = place.plan(&want).await.unwrap_err();
        assert_eq!(error.code(), &codes::PLAN_REFUSED, "{health:?}");
    }
    let mut portless = service(&["wait"]);
    portless.health = Some(check(http(None, "/")));
    let want = place.bound([("web", portless)]).await;
    assert_eq!(place.plan(&want).await.unwrap_err().code(), &codes::PLAN_REFUSED);
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
