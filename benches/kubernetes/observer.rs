//! Somebody who only watches.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use k8s_openapi::api::apps::v1::Deployment;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};

use crate::side_by_side::Failure;

/// How long everything may take to be there.
const PATIENCE: Duration = Duration::from_mins(5);

/// The instant at which so many Deployments of a namespace are complete.
pub(crate) async fn all_ready(client: Client, namespace: String, count: usize) -> Result<Instant, Failure> {
    let api: Api<Deployment> = Api::namespaced(client, &namespace);
    let mut seen =
        std::pin::pin!(watcher::watcher(api, watcher::Config::default()).default_backoff().applied_objects());
    let mut ready = BTreeSet::new();
    let watching = async {
        while let Some(one) = seen.try_next().await? {
            if is_complete(&one) {
                ready.insert(one.metadata.name.unwrap_or_default());
            }
            if ready.len() == count {
                return Ok(Instant::now());
            }
        }
        Err::<_, Failure>("the watch ended".into())
    };
    tokio::time::timeout(PATIENCE, watching).await.map_err(|_| "the watcher never saw all of them")?
}

fn is_complete(one: &Deployment) -> bool {
    let wanted = one.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    one.status.as_ref().is_some_and(|status| {
        status.observed_generation >= one.metadata.generation
            && status.updated_replicas.unwrap_or_default() >= wanted
            && status.available_replicas.unwrap_or_default() >= wanted
    })
}
