//! Who is behind the Services of a namespace.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use eve_core::{EnvironmentId, Error};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::DynamicObject;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::api::{Cluster, Kind};
use crate::config::K8sConfig;
use crate::labels;
use crate::runtime::{K8sRuntime, Look};

/// How long a watch stays at least: services of one release are led elsewhere one after the other.
const LINGERS: Duration = Duration::from_secs(10);
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// Who is behind the Services of namespaces, watched once however many ask, and only as long as somebody does.
#[derive(Clone, Default)]
pub(super) struct Backs(Arc<Mutex<BTreeMap<EnvironmentId, Weak<Watched>>>>);

/// One watch of the endpoints of a namespace.
pub(super) struct Watched {
    /// None until all are known. A gap stands in place of what was seen until more is.
    seen: watch::Receiver<Option<Result<Look, Arc<Error>>>>,
    watching: JoinHandle<()>,
}

/// A pod behind a Service that takes requests, and where it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Back {
    pub(super) pod: String,
    pub(super) address: Option<(String, u16)>,
}

impl Backs {
    pub(super) fn watch(&self, cluster: &Cluster, config: &Arc<K8sConfig>, env: &EnvironmentId) -> Arc<Watched> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, watched| watched.strong_count() > 0);
        if let Some(watched) = all.get(env).and_then(Weak::upgrade) {
            return watched;
        }
        let mut looks = K8sRuntime::new(Arc::clone(config), cluster.clone()).looks(env, &[Kind::EndpointSlice], None);
        let (tell, seen) = watch::channel(None);
        let watching = tokio::spawn(async move {
            while let Some(look) = looks.next().await {
                tell.send_replace(Some(look.map_err(Arc::new)));
            }
        });
        let watched = Arc::new(Watched { seen, watching });
        all.insert(env.clone(), Arc::downgrade(&watched));
        let lingers = Arc::clone(&watched);
        tokio::spawn(async move {
            tokio::time::sleep(LINGERS).await;
            drop(lingers);
        });
        watched
    }
}

impl Watched {
    /// The states as they come, beginning with the present one.
    pub(super) fn seen(&self) -> watch::Receiver<Option<Result<Look, Arc<Error>>>> {
        let mut seen = self.seen.clone();
        seen.mark_changed();
        seen
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

/// The pods behind a Service that take requests.
pub(super) fn behind(look: &Look, service: &str, port: u16) -> Vec<Back> {
    let is_own = |slice: &&DynamicObject| labels::text(slice.metadata.labels.as_ref(), SERVICE_NAME) == Some(service);
    let slices = look.of(Kind::EndpointSlice).filter(is_own);
    let slices = slices.filter_map(|slice| slice.clone().try_parse::<EndpointSlice>().ok());
    slices.flat_map(|slice| of_slice(&slice, port)).collect()
}

fn of_slice(slice: &EndpointSlice, port: u16) -> Vec<Back> {
    let is_wanted = |number: &i32| u16::try_from(*number).is_ok_and(|number| number == port);
    let port = slice.ports.iter().flatten().find_map(|one| one.port.filter(is_wanted)).map(|_| port);
    let ready =
        slice.endpoints.iter().flatten().filter(|one| one.conditions.as_ref().is_none_or(|is| is.ready != Some(false)));
    ready
        .filter_map(|one| {
            let pod = one.target_ref.as_ref()?.name.clone()?;
            let address = one.addresses.first().cloned().zip(port);
            Some(Back { pod, address })
        })
        .collect()
}

impl fmt::Debug for Backs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backs").finish_non_exhaustive()
    }
}
