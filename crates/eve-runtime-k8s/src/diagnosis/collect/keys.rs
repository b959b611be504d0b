//! The keys of what troubled pods refer to.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Pod;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::lists::Lists;
use crate::diagnosis::container::Container;
use crate::diagnosis::rules::sources::{self, Source, SourceKind};
use crate::diagnosis::{ClusterView, Keyed, Unread, UnreadCause};

/// Of how many objects keys are read at most.
const OBJECTS: usize = 50;

/// An object whose values are skipped while it is read.
#[derive(Debug, Deserialize)]
#[expect(clippy::zero_sized_map_values, reason = "values are skipped while they are read, and never kept")]
struct KeysOnly {
    #[serde(default)]
    data: Option<BTreeMap<String, IgnoredAny>>,
    #[serde(default, rename = "binaryData")]
    binary: Option<BTreeMap<String, IgnoredAny>>,
}

/// Reads the keys of what troubled pods refer to by key.
pub(super) async fn read(lists: &Lists, view: &mut ClusterView) {
    let mut denied = BTreeSet::new();
    for (kind, name) in wanted(view) {
        let (segment, what) = match kind {
            SourceKind::Secret => ("secrets", "secrets/keys"),
            SourceKind::ConfigMap => ("configmaps", "configmaps/keys"),
        };
        if denied.contains(what) {
            continue;
        }
        match keys(lists, segment, what, &name).await {
            Ok(keys) => {
                let list = match kind {
                    SourceKind::Secret => &mut view.secrets,
                    SourceKind::ConfigMap => &mut view.config_maps,
                };
                if let Some(found) = list.iter_mut().find(|one| one.name == name) {
                    *found = Keyed::new(name).with_keys(keys);
                }
            }
            // It went away meanwhile.
            Err(unread) if unread.cause == UnreadCause::NotServed => {}
            Err(unread) => {
                denied.insert(what);
                view.unread.push(unread);
            }
        }
    }
}

/// What is there and of which a troubled pod needs a key.
fn wanted(view: &ClusterView) -> BTreeSet<(SourceKind, String)> {
    let of_pods = view.pods.iter().filter(|pod| is_troubled(pod)).flat_map(|pod| {
        let specs =
            pod.spec.iter().flat_map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten()));
        let mut all = sources::of_volumes(pod);
        for spec in specs {
            all.extend(sources::of_container(spec));
            all.extend(sources::of_sub_paths(pod, spec));
        }
        all
    });
    let of_ingresses = view.ingresses.iter().flat_map(sources::of_ingress);
    let is_there = |source: &Source| {
        let list = if source.kind == SourceKind::Secret { &view.secrets } else { &view.config_maps };
        list.iter().any(|one| one.name == source.name)
    };
    let by_key = of_pods.chain(of_ingresses).filter(|source| source.key.is_some() && is_there(source));
    by_key.map(|source| (source.kind, source.name)).take(OBJECTS).collect()
}

/// True if something of a pod waits or has ended badly.
fn is_troubled(pod: &Pod) -> bool {
    let all = Container::all(pod);
    all.iter().any(|one| one.waiting().is_some() || one.ended().is_some_and(|ended| ended.exit_code != 0))
}

#[expect(clippy::zero_sized_map_values, reason = "what is read has no values")]
async fn keys(lists: &Lists, segment: &str, what: &str, name: &str) -> Result<BTreeSet<String>, Unread> {
    let path = format!("/api/v1/namespaces/{}/{segment}/{name}", lists.namespace);
    let request = http::Request::get(path).body(Vec::new());
    let request = request.map_err(|error| Unread::new(what, UnreadCause::Refused, error.to_string()))?;
    let found: KeysOnly = lists.within(what, lists.client.request(request)).await?;
    Ok(found.data.into_iter().chain(found.binary).flat_map(BTreeMap::into_keys).collect())
}
