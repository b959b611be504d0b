//! Secrets as files on an engine that is elsewhere.

use std::time::Duration;

use bollard::query_parameters::RemoveContainerOptionsBuilder;
use eve_core::desired::{HealthCheck, ImageRef, Probe, SecretFile, Service, Source};
use eve_core::{Bound, ObjectState, Runtime as _, SecretName, SecretVersion};

use crate::elsewhere::over_tcp;
use crate::place::Place;
use crate::programs::shell;

/// What the secret holds. Nothing else in these tests has it.
const VALUE: &str = "orchard-91c2-in-a-volume";

fn token() -> SecretName {
    SecretName::new("TOKEN").expect("a valid name")
}

async fn elsewhere() -> Place {
    let config = over_tcp(eve_runtime_docker::DockerConfig::from_env()).await;
    let place = Place::with(|own| own.with_host(config.host)).await;
    place.store.put_secret(&token(), VALUE);
    place
}

/// Is ready once the secret is at both its places, and only its owner may read it.
fn reads(image: Option<String>, owner: u32) -> Service {
    let mut web = shell("sleep 1000 & wait $!");
    web.ports.clear();
    if let Some(image) = image {
        web.source = Source::Image(ImageRef::new(image).expect("a valid name"));
    }
    let test = format!(
        "test \"$(sha256sum < /run/secrets/TOKEN)\" = \"$(sha256sum < /etc/key.pem)\" && test -s /etc/key.pem \
         && test \"$(stat -c %a:%u /run/secrets/TOKEN)\" = 400:{owner}"
    );
    web.health = Some(HealthCheck::new(Probe::Command(["/bin/sh", "-c", &test].map(str::to_owned).into())));
    web.secrets.push(SecretFile::new(token()));
    web.secrets.push(SecretFile::new(token()).with_target("/etc/key.pem"));
    web
}

fn want(place: &Place, service: Service, version: &str) -> Bound {
    let mut want = place.want(&[("web", service)]);
    want.secrets.insert(token(), SecretVersion::new(version));
    want
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn they_are_in_a_volume_of_the_containers_own_that_goes_with_it() {
    let place = elsewhere().await;
    let target = want(&place, reads(None, 0), "1");
    let seen = place.deploy(&target).await;
    let found = place.container("web").await;
    let mounts = found.mounts.clone().expect("it has mounts");
    assert_eq!((mounts.len(), mounts[0].typ.as_deref()), (1, Some("volume")));
    let volumes = place.engine.volumes().await;
    assert_eq!(volumes.len(), 1, "{volumes:?}");
    assert_eq!(volumes[0].labels["eve.environment"], place.id.to_string());
    let told = serde_json::to_string(&(found, &volumes)).expect("it can be written");
    assert!(!told.contains(VALUE), "the engine tells the secret");
    assert!(seen.objects.iter().all(|object| object.id.kind != "secrets" && object.id.kind != "volume"), "{seen:?}");
    let again = place.plan(&target).await;
    assert!(again.ensure.is_empty() && again.retire.is_empty(), "{again:?}");
    place.deploy(&want(&place, reads(None, 0), "2")).await;
    let after = place.engine.volumes().await;
    assert_eq!(after.len(), 1, "the older one went with its container");
    assert_ne!(after[0].name, volumes[0].name, "another version is another container");
    let gone = place.plan(&Bound::ended(place.id.clone())).await;
    for op in &gone.retire {
        place.perform(op).await.expect("it can be removed");
    }
    assert!(place.engine.volumes().await.is_empty());
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn the_images_user_has_them_and_keeps_them_when_the_engine_starts_it_again() {
    let place = elsewhere().await;
    let image = place.engine.image_with("USER 1000").await;
    let seen = place.deploy(&want(&place, reads(Some(image), 1000), "1")).await;
    let first = seen.ours().find(|object| object.service.is_some()).cloned().expect("it is there");
    place.engine.run_in(first.incarnation.as_str(), &["kill", "-TERM", "1"]).await;
    for _ in 0..400 {
        if place.container("web").await.restart_count.unwrap_or_default() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(place.container("web").await.restart_count.unwrap_or_default() > 0, "the engine starts it again");
    place
        .until("it to be ready again", |seen| {
            seen.ours().any(|object| object.incarnation == first.incarnation && object.state == ObjectState::Ready)
        })
        .await;
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn what_a_stranger_leaves_of_a_container_is_found_and_removed() {
    let place = elsewhere().await;
    let target = want(&place, reads(None, 0), "1");
    place.deploy(&target).await;
    let id = place.container("web").await.id.expect("it has an id");
    // As `docker rm -f` does.
    let how = RemoveContainerOptionsBuilder::new().force(true).v(false).build();
    place.engine.docker.remove_container(&id, Some(how)).await.expect("it can be removed");
    let seen = place.runtime.observe(&place.id).await.expect("it can be observed");
    assert!(seen.ours().any(|object| object.id.kind == "secrets"), "{:?}", seen.objects);
    place.deploy(&target).await;
    assert_eq!(place.engine.volumes().await.len(), 1, "only the new container's is there");
    place.close().await;
}
