//! What is fetched before the first operation.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bollard::models::{ContainerCreateBody, VolumeCreateRequest};
use bollard::query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptions, RemoveVolumeOptions};
use eve_core::desired::{ImageRef, Mount, Service, Source};
use eve_core::{
    Cancel, Deadline, Fence, Op, OpCx, Progress, ProgressEvent, ProgressStatus, Result, Runtime as _, VolumeName,
    codes, naming,
};

use crate::engine::{IMAGE, random};
use crate::place::Place;
use crate::programs::serves;
use crate::registry::{Registry, forget, free_address};

fn of_image(image: &str) -> Service {
    let mut service = serves();
    service.source = Source::Image(ImageRef::new(image).expect("a valid reference"));
    service
}

fn cx(place: &Place) -> OpCx {
    let deadline = Deadline::after(&*place.env, Duration::from_secs(60));
    OpCx::new(Arc::clone(&place.env), place.id.clone(), eve_core::OpId::new("provision"), Fence::new(1), deadline)
}

async fn provide(place: &Place, operations: &[Op], cx: &OpCx) -> Result<()> {
    place.runtime.provision().expect("it provisions").provide(operations, cx).await
}

/// True if nothing of the environment is there: no object, and no network of its name.
async fn is_untouched(place: &Place) -> bool {
    place.is_empty().await && !place.engine.has_network(&format!("{}_default", naming::namespace(&place.id))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker and docker-registry: images are fetched"]
async fn an_image_is_fetched_before_anything_is_made_and_told_by_layers() {
    let (place, registry) = (Place::open().await, Registry::open().await);
    // Of its own, so that every layer of it has to be fetched.
    let own = place.engine.image_with("RUN [\"/bin/sh\", \"-c\", \"head -c 3000000 /dev/urandom > /own\"]").await;
    let image = registry.put(&place.engine.docker, &own, "eve-test/fetched:1").await;
    forget(&place.engine.docker, &own).await;
    let want = place.want(&[("web", of_image(&image))]);
    let operations = place.plan(&want).await.ensure;
    let told: Arc<Mutex<Vec<ProgressEvent>>> = Arc::default();
    let listener = Arc::clone(&told);
    let told_to = Progress::to(move |event| listener.lock().expect("nobody panics").push(event));
    provide(&place, &operations, &cx(&place).with_progress(told_to)).await.expect("it is fetched");
    assert!(is_untouched(&place).await);
    let said = std::mem::take(&mut *told.lock().expect("nobody panics"));
    assert_eq!(said.first().map(|event| event.status), Some(ProgressStatus::Started));
    let last = said.iter().rev().find(|event| event.total.is_some()).expect("layers are counted");
    assert!(last.current == last.total && last.total > Some(0), "{last:?}");
    assert_eq!(said.last().map(|event| event.status), Some(ProgressStatus::Done));
    drop(registry);
    // Again, without a registry: it is there.
    provide(&place, &operations, &cx(&place)).await.expect("it is there");
    place.deploy(&want).await;
    let engine = place.engine.docker.clone();
    place.close().await;
    forget(&engine, &image).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker and docker-registry: images are fetched"]
async fn what_cannot_be_fetched_is_told_by_code_all_of_it_at_once_and_changes_nothing() {
    let (place, registry, closed) = (Place::open().await, Registry::open().await, Registry::closed().await);
    let (absent, denied) = (registry.name("eve-test/absent:1"), closed.name("eve-test/denied:1"));
    let nowhere = format!("{}/eve-test/nowhere:1", free_address());
    for (image, code) in
        [(&absent, codes::IMAGE_NOT_FOUND), (&denied, codes::IMAGE_DENIED), (&nowhere, codes::IMAGE_UNREACHABLE)]
    {
        let operations = place.plan(&place.want(&[("web", of_image(image))])).await.ensure;
        let error = provide(&place, &operations, &cx(&place)).await.expect_err("it cannot be had");
        assert_eq!(error.code(), &code, "{}", error.chain());
        assert!(error.hint().is_some());
    }
    let want = place.want(&[("a", of_image(&absent)), ("b", of_image(&denied)), ("c", of_image(&nowhere))]);
    let error = provide(&place, &place.plan(&want).await.ensure, &cx(&place)).await.expect_err("none can be had");
    assert!([&absent, &denied, &nowhere].iter().all(|image| error.to_string().contains(image.as_str())), "{error}");
    assert!(!error.is_retryable());
    assert!(is_untouched(&place).await);
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: a registry is asked that never answers"]
async fn a_registry_that_does_not_answer_is_given_up_when_that_is_cancelled_or_late() {
    let place = Place::open().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let address = silent.local_addr().expect("it has an address");
    let operations = place.plan(&place.want(&[("web", of_image(&format!("{address}/web:1")))])).await.ensure;
    let cancel = Cancel::new();
    let ended = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        ended.cancel();
    });
    let error = provide(&place, &operations, &cx(&place).with_cancel(cancel)).await.expect_err("it was cancelled");
    assert_eq!(error.code(), &codes::CANCELLED);
    let mut late = cx(&place);
    late.deadline = Deadline::after(&*place.env, Duration::from_millis(300));
    let error = provide(&place, &operations, &late).await.expect_err("it is late");
    assert_eq!(error.code(), &codes::DEADLINE_EXCEEDED);
    assert!(is_untouched(&place).await);
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: names are taken"]
async fn a_strangers_container_and_volume_are_found_before_anything_is_made() {
    let place = Place::open().await;
    let docker = place.engine.docker.clone();
    let mut service = serves();
    let volume = VolumeName::new("data").expect("a valid name");
    service.mounts.push(Mount::new(volume, "/data"));
    let operations = place.plan(&place.want(&[("web", service)])).await.ensure;
    let container = operations.iter().find(|op| op.object.kind == "container").expect("one is made");
    let name = |object: &str| format!("{}_{object}", naming::namespace(&place.id));
    let options = CreateContainerOptionsBuilder::new().name(&name(container.object.name.as_str())).build();
    let body = ContainerCreateBody {
        image: Some(IMAGE.to_owned()),
        cmd: Some(vec!["true".to_owned()]),
        ..ContainerCreateBody::default()
    };
    let stranger = docker.create_container(Some(options), body).await.expect("a stranger's container").id;
    let request = VolumeCreateRequest { name: Some(name("data")), ..VolumeCreateRequest::default() };
    docker.create_volume(request).await.expect("a stranger's volume");
    let error = provide(&place, &operations, &cx(&place)).await.expect_err("names are taken");
    assert_eq!(error.code(), &codes::OBJECT_FOREIGN);
    let text = error.to_string();
    assert!(text.contains(&container.object.to_string()) && text.contains("volume/data"), "{text}");
    assert!(error.hint().is_some());
    assert!(is_untouched(&place).await);
    docker.remove_container(&stranger, None::<RemoveContainerOptions>).await.expect("it is still there");
    docker.remove_volume(&name("data"), None::<RemoveVolumeOptions>).await.expect("it is still there");
    provide(&place, &operations, &cx(&place)).await.expect("names are free");
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: an image is removed"]
async fn an_image_that_goes_after_that_is_missing_and_fetched_by_no_operation() {
    let place = Place::open().await;
    let image = place.engine.image_with(&format!("LABEL own={:x}", random())).await;
    let want = place.want(&[("web", of_image(&image))]);
    provide(&place, &place.plan(&want).await.ensure, &cx(&place)).await.expect("it is there");
    forget(&place.engine.docker, &image).await;
    let error = place.ensure(&want).await.expect_err("it is not there");
    assert_eq!(error.code(), &codes::IMAGE_NOT_FOUND);
    assert!(!error.is_retryable());
    place.close().await;
}
