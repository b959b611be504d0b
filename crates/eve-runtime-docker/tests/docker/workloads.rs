//! What containers find in place, and what is told when they fail.

use std::net::TcpListener;
use std::time::Duration;

use eve_core::desired::{HealthCheck, ImageRef, Limits, Mount, Probe, Restart, Source};
use eve_core::{ByteSize, Exit, MilliCpu, ObjectState, Runtime as _, Verdict, VolumeName, codes, naming};

use crate::place::Place;
use crate::programs::{bare, serves, shell};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn services_find_each_other_under_their_plain_names() {
    let place = Place::open().await;
    let mut asks = shell("until wget -q -O- http://api:8080/; do sleep 0.1; done; touch /found; sleep 1000 & wait $!");
    asks.ports.clear();
    asks.health = Some(HealthCheck::new(Probe::Command(vec!["test".into(), "-f".into(), "/found".into()])));
    place.deploy(&place.want(&[("api", serves()), ("web", asks)])).await;
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_container_has_no_more_rights_than_it_needs_and_the_limits_that_it_was_given() {
    let place = Place::open().await;
    let mut web = serves();
    web.resources.limits = Limits::default();
    web.resources.limits.memory = Some(ByteSize::bytes(64 << 20));
    web.resources.limits.cpu = Some(MilliCpu::new(500));
    place.deploy(&place.want(&[("web", web)])).await;
    let found = place.container("web").await;
    let host = found.host_config.expect("the engine tells of it");
    assert_eq!(host.security_opt, Some(vec!["no-new-privileges".to_owned()]));
    assert!(host.cap_drop.expect("capabilities are dropped").contains(&"NET_RAW".to_owned()));
    assert_eq!((host.privileged, host.pids_limit), (Some(false), Some(4096)));
    assert_eq!((host.memory, host.memory_swap, host.nano_cpus), (Some(64 << 20), Some(64 << 20), Some(500_000_000)));
    let labels = found.config.and_then(|config| config.labels).expect("it has labels");
    assert_eq!(labels["com.docker.compose.project"], naming::namespace(&place.id));
    assert_eq!(labels["com.docker.compose.service"], "web");
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_published_port_is_this_machines_alone_unless_it_says_otherwise() {
    let place = Place::open().await;
    let port = TcpListener::bind("127.0.0.1:0").expect("a port is free").local_addr().expect("it has one").port();
    let mut web = serves();
    web.ports[0].published = Some(port);
    let want = place.want(&[("web", web)]);
    place.deploy(&want).await;
    let found = place.container("web").await;
    let bindings = found.host_config.and_then(|host| host.port_bindings).expect("ports are published");
    let binding = bindings["8080/tcp"].as_ref().and_then(|all| all.first()).expect("this one is");
    assert_eq!(binding.host_ip.as_deref(), Some("127.0.0.1"));
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_port_that_somebody_has_is_told_and_leaves_nothing() {
    let place = Place::open().await;
    let stranger = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let mut web = serves();
    web.ports[0].published = Some(stranger.local_addr().expect("it has one").port());
    let error = place.ensure(&place.want(&[("web", web)])).await.expect_err("the port is taken");
    assert_eq!(error.code(), &codes::PORT_TAKEN, "{}", error.chain());
    let seen = place.runtime.observe(&place.id).await.expect("it can be observed");
    assert!(seen.objects.iter().all(|object| object.service.is_none()), "{:?}", seen.objects);
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_program_that_is_not_there_is_told_and_leaves_nothing() {
    let place = Place::open().await;
    let mut web = serves();
    web.process.command = Some(vec!["/nowhere/to/be/found".to_owned()]);
    let error = place.ensure(&place.want(&[("web", web)])).await.expect_err("there is no such program");
    assert_eq!(error.code(), &codes::WORKLOAD_CANNOT_START, "{}", error.chain());
    assert!(error.chain().contains("/nowhere/to/be/found"), "{}", error.chain());
    let seen = place.runtime.observe(&place.id).await.expect("it can be observed");
    assert!(seen.objects.iter().all(|object| object.service.is_none()), "{:?}", seen.objects);
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn an_image_that_is_nowhere_is_told_by_its_name() {
    let place = Place::open().await;
    let mut web = serves();
    // What was not fetched before is not fetched in the middle of a plan.
    web.source = Source::Image(ImageRef::new("127.0.0.1:9/no/such:image").expect("a valid name"));
    let error = place.ensure(&place.want(&[("web", web)])).await.expect_err("there is no such image");
    assert_eq!(error.code(), &codes::IMAGE_NOT_FOUND, "{}", error.chain());
    assert!(error.to_string().contains("127.0.0.1:9/no/such:image"), "{error}");
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn what_uses_too_much_memory_is_told_as_that() {
    let place = Place::open().await;
    let mut web = bare("a=x; while :; do a=$a$a; done");
    web.ports.clear();
    web.restart = Restart::Never;
    web.resources.limits.memory = Some(ByteSize::bytes(16 << 20));
    place.ensure(&place.want(&[("web", web)])).await.expect("it is made");
    let finding = place.finding(&codes::WORKLOAD_OOM_KILLED).await;
    assert_eq!((finding.verdict, finding.exit()), (Verdict::Terminal, Some(Exit::Code(137))));
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn what_a_volume_holds_outlives_the_release_that_wrote_it() {
    let place = Place::open().await;
    let holds = |text: &str| {
        let mut db = shell(text);
        db.ports.clear();
        let mut mount = Mount::new(VolumeName::new("data").expect("a valid name"), "/data");
        mount.single_writer = true;
        db.mounts.push(mount);
        db.health = Some(HealthCheck::new(Probe::Command(vec!["test".into(), "-f".into(), "/data/row".into()])));
        db
    };
    place.deploy(&place.want(&[("db", holds("echo 1 > /data/row; sleep 1000 & wait $!"))])).await;
    place.deploy(&place.want(&[("web", serves())])).await;
    place.deploy(&place.want(&[("db", holds("sleep 1000 & wait $!"))])).await;
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn what_the_engine_starts_again_keeps_its_address_and_is_ready_only_when_it_is() {
    let place = Place::open().await;
    let want = place.want(&[("web", serves())]);
    let mut watch = place.runtime.watch(&place.id);
    let before = place.deploy(&want).await;
    let web = |seen: &eve_core::Observed| seen.ours().find(|object| object.service.is_some()).cloned();
    let first = web(&before).expect("it is there");
    // From inside: the engine starts nothing again that it was told to kill.
    place.engine.run_in(first.incarnation.as_str(), &["kill", "-TERM", "1"]).await;
    let mut fell = false;
    let after = loop {
        use futures_util::StreamExt as _;
        let next = tokio::time::timeout(Duration::from_secs(20), watch.next()).await.expect("the watch goes on");
        let Some(Ok(seen)) = next else { continue };
        let Some(object) = web(&seen) else { continue };
        fell |= object.state == ObjectState::NotReady;
        if fell && object.state == ObjectState::Ready {
            break object;
        }
    };
    assert_eq!((after.incarnation, after.addresses), (first.incarnation, first.addresses));
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: images are built"]
async fn an_images_own_health_check_counts_and_is_not_waited_for_an_interval_long() {
    let place = Place::open().await;
    let image = place.engine.image_with("HEALTHCHECK --interval=60s CMD test -f /ready").await;
    let mut web = shell("sleep 1; touch /ready; sleep 1000 & wait $!");
    web.ports.clear();
    web.source = Source::Image(ImageRef::new(image).expect("a valid name"));
    let mut watch = place.runtime.watch(&place.id);
    place.ensure(&place.want(&[("web", web)])).await.expect("it is made");
    let mut states = Vec::new();
    while states.last() != Some(&ObjectState::Ready) {
        use futures_util::StreamExt as _;
        let next = tokio::time::timeout(Duration::from_secs(20), watch.next()).await.expect("the watch goes on");
        let Some(Ok(seen)) = next else { continue };
        states.extend(seen.ours().find(|object| object.service.is_some()).map(|object| object.state));
    }
    assert!(states.contains(&ObjectState::Starting), "{states:?}");
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: images are built"]
async fn an_images_own_health_check_can_be_switched_off() {
    let place = Place::open().await;
    let image = place.engine.image_with("HEALTHCHECK --interval=1s --retries=1 CMD false").await;
    let mut web = serves();
    web.source = Source::Image(ImageRef::new(image).expect("a valid name"));
    web.health = Some(HealthCheck::new(Probe::None));
    place.deploy(&place.want(&[("web", web)])).await;
    let found = place.container("web").await;
    let check = found.config.and_then(|config| config.healthcheck).and_then(|check| check.test);
    assert_eq!(check, Some(vec!["NONE".to_owned()]));
    place.close().await;
}
