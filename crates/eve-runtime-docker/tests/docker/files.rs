//! Files of a release in containers.

use bollard::models::{ContainerCreateBody, NetworkingConfig};
use bollard::query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder};
use eve_core::desired::{FileMount, HealthCheck, Mount, Probe, Service};
use eve_core::{Bound, FileTree, LossGrade, ObjectState, Runtime as _, SourcePath, VolumeName, codes};

use crate::place::{Nowhere, Place};
use crate::programs::shell;

/// Is ready once a text of the shell holds, and looks again every second.
fn checked(test: &str) -> Service {
    let mut web = shell("sleep 1000 & wait $!");
    web.ports.clear();
    let argv = ["/bin/sh", "-c", test].map(str::to_owned).into();
    web.health = Some(HealthCheck::new(Probe::Command(argv)));
    web
}

fn path(text: &str) -> SourcePath {
    SourcePath::new(text).expect("a valid path")
}

/// A target with one file at `/etc/app.conf`, ready once it holds this text.
fn one_file(place: &Place, text: &str) -> Bound {
    let mut web = checked(&format!(
        "test \"$(cat /etc/app.conf)\" = '{text}' && test \"$(stat -c %a:%u:%g /etc/app.conf)\" = 444:0:0"
    ));
    web.files.push(FileMount::new(path("conf/app"), "/etc/app.conf"));
    let mut want = place.want(&[("web", web)]);
    want.files.insert(path("conf/app"), place.store.put_tree(text));
    want
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_file_is_there_for_reading_and_still_is_when_the_engine_starts_the_container_again() {
    let place = Place::open().await;
    let want = one_file(&place, "one");
    let seen = place.deploy(&want).await;
    let first = seen.ours().find(|object| object.service.is_some()).cloned().expect("it is there");
    place.engine.run_in(first.incarnation.as_str(), &["kill", "-TERM", "1"]).await;
    place.until("the restart", |_| true).await;
    let mut restarted = false;
    for _ in 0..400 {
        let found = place.container("web").await;
        restarted |= found.restart_count.unwrap_or_default() > 0;
        if restarted {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert!(restarted, "the engine starts it again");
    place
        .until("it to be ready again", |seen| {
            seen.ours().any(|object| object.incarnation == first.incarnation && object.state == ObjectState::Ready)
        })
        .await;
    let again = place.plan(&want).await;
    assert!(again.ensure.is_empty() && again.retire.is_empty(), "{again:?}");
    assert_eq!(place.plan(&one_file(&place, "two")).await.ensure.len(), 1, "another content is a change");
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_folder_is_there_with_what_is_below_it_also_for_another_user_and_one_of_the_image_stays_as_it_is() {
    let place = Place::open().await;
    let own = "mkdir -p /srv/own && chmod 700 /srv/own && chown 1000 /srv/own";
    let image = place.engine.image_with(&format!("RUN [\"/bin/sh\", \"-c\", \"{own}\"]\nUSER 1000")).await;
    let mut web = checked(
        "test \"$(cat /etc/app/a)$(cat /etc/app/sub/deep/b)\" = 12 && ! touch /etc/app/c 2>/dev/null \
         && ! touch /etc/app/sub/deep/c 2>/dev/null && test \"$(stat -c %u /etc/app/sub/deep)\" = 0 \
         && test \"$(stat -c %a /etc)\" = 755 && test \"$(cat /srv/own/a)$(stat -c :%a:%u /srv/own)\" = 1:700:1000",
    );
    web.source = eve_core::desired::Source::Image(eve_core::desired::ImageRef::new(image).expect("a valid name"));
    web.files.push(FileMount::new(path("conf"), "/etc/app/"));
    web.files.push(FileMount::new(path("conf"), "/srv/own"));
    let files = [(path("a"), place.store.put_file("1")), (path("sub/deep/b"), place.store.put_file("2"))];
    let mut want = place.want(&[("web", web)]);
    want.files.insert(path("conf"), FileTree::Folder(files.into()));
    place.deploy(&want).await;
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_text_of_the_target_state_is_a_file_at_the_root_and_beside_a_folder_of_the_project() {
    let place = Place::open().await;
    let mut web = checked(
        "test \"$(cat /app.conf)$(cat /etc/app/own)$(cat /etc/app/a)\" = oneone1 \
         && test \"$(stat -c %a:%u:%g /app.conf)\" = 444:0:0",
    );
    web.files.push(FileMount::new(path("conf"), "/etc/app"));
    web.files.push(FileMount::text("one", "/app.conf"));
    web.files.push(FileMount::text("one", "/etc/app/own"));
    place.store.put_file("one");
    let mut want = place.want(&[("web", web)]);
    want.files.insert(path("conf"), FileTree::Folder([(path("a"), place.store.put_file("1"))].into()));
    place.deploy(&want).await;
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_container_that_was_made_and_never_filled_is_filled_before_it_starts() {
    let place = Place::open().await;
    let want = one_file(&place, "one");
    place.deploy(&want).await;
    // As an engine leaves it that ends between the two calls.
    let found = place.container("web").await;
    let (id, name) = (found.id.expect("it has an id"), found.name.expect("it has a name"));
    let how = RemoveContainerOptionsBuilder::new().force(true).build();
    place.engine.docker.remove_container(&id, Some(how)).await.expect("it can be removed");
    let config = found.config.expect("the engine tells of it");
    let networks = found.network_settings.and_then(|settings| settings.networks).expect("it is in a network");
    let endpoints = networks.into_iter().map(|(network, endpoint)| {
        let (ipam_config, aliases) = (endpoint.ipam_config, endpoint.aliases);
        (network, bollard::models::EndpointSettings { ipam_config, aliases, ..Default::default() })
    });
    let body = ContainerCreateBody {
        image: config.image,
        cmd: config.cmd,
        env: config.env,
        labels: config.labels,
        healthcheck: config.healthcheck,
        host_config: found.host_config,
        networking_config: Some(NetworkingConfig { endpoints_config: Some(endpoints.collect()) }),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::new().name(name.trim_start_matches('/')).build();
    place.engine.docker.create_container(Some(options), body).await.expect("it can be made again");
    let seen = place.runtime.observe(&place.id).await.expect("it can be observed");
    assert!(seen.objects.iter().any(|object| object.state == ObjectState::Unstarted), "{:?}", seen.objects);
    place.deploy(&want).await;
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: the engine is looked at"]
async fn what_cannot_be_put_into_a_container_is_told_before_anything_is_made() {
    let place = Place::open().await;
    let mut web = checked("true");
    web.mounts.push(Mount::new(VolumeName::new("data").expect("a valid name"), "/data"));
    for target in ["/data/app.conf", "/etc/hosts", "/app.conf"] {
        web.files.push(FileMount::new(path("conf/app"), target));
    }
    let mut want = place.want(&[("web", web)]);
    want.files.insert(path("conf/app"), place.store.put_tree("one"));
    let seen = place.runtime.observe(&place.id).await.expect("it can be observed");
    let losses = place.runtime.plan(&want, &seen, &Nowhere).expect("it can be planned").losses;
    let refused: Vec<_> =
        losses.iter().filter(|loss| loss.grade == LossGrade::Refused).map(|loss| loss.path.as_str()).collect();
    assert_eq!(refused, ["services.web.files.0", "services.web.files.1"]);
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_file_where_the_image_has_a_folder_is_told_and_leaves_nothing() {
    let place = Place::open().await;
    let mut web = checked("true");
    web.files.push(FileMount::new(path("conf/app"), "/bin"));
    let mut want = place.want(&[("web", web)]);
    want.files.insert(path("conf/app"), place.store.put_tree("one"));
    let error = place.ensure(&want).await.expect_err("there is a folder");
    assert_eq!(error.code(), &codes::PLAN_REFUSED, "{}", error.chain());
    let seen = place.runtime.observe(&place.id).await.expect("it can be observed");
    assert!(seen.objects.iter().all(|object| object.service.is_none()), "{:?}", seen.objects);
    place.close().await;
}
