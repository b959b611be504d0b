//! What there is of an environment, as the cluster tells it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use eve_core::{EnvironmentId, Result, naming};
use futures_util::future;
use k8s_openapi::api::core::v1::Pod;
use kube::api::DynamicObject;

use crate::api::{Cluster, Kind};
use crate::config::K8sConfig;

/// What there is of an environment: by kind and name.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) environment: EnvironmentId,
    pub(crate) objects: BTreeMap<(Kind, String), Arc<Found>>,
}

/// An object as it was read, with what is made of it: once, however often it is looked at.
#[derive(Debug)]
pub(crate) struct Found {
    object: DynamicObject,
    /// A pod in its own type.
    pod: Option<Pod>,
}

impl Found {
    pub(super) fn new(kind: Kind, object: DynamicObject) -> Self {
        let pod = (kind == Kind::Pod).then(|| object.clone().try_parse().ok()).flatten();
        Self { object, pod }
    }
}

impl Deref for Found {
    type Target = DynamicObject;

    fn deref(&self) -> &DynamicObject {
        &self.object
    }
}

/// The kinds that are looked at in a namespace.
pub(crate) fn kinds(config: &K8sConfig) -> Vec<Kind> {
    let is_looked_at = |kind: &Kind| match kind {
        Kind::Namespace => false,
        Kind::NetworkPolicy => config.network_policy,
        _ => true,
    };
    Kind::MADE.into_iter().filter(is_looked_at).chain([Kind::Pod, Kind::Event]).collect()
}

impl Look {
    /// Nothing.
    pub(crate) fn empty(environment: EnvironmentId) -> Self {
        Self { environment, objects: BTreeMap::new() }
    }

    /// One list of each kind, all at once.
    ///
    /// # Errors
    /// `access.denied`, `backend.unavailable`.
    pub(crate) async fn take(cluster: &Cluster, config: &K8sConfig, environment: &EnvironmentId) -> Result<Self> {
        let namespace = naming::namespace(environment);
        let lists = kinds(config).into_iter().map(async |kind| {
            let listed = match kind {
                // Those of attempts may just have been asked for.
                Kind::Job => cluster.list_shared(kind, &namespace).await?,
                _ => cluster.list(kind, &namespace).await?,
            };
            Ok::<_, eve_core::Error>((kind, listed))
        });
        // Alone: what follows goes over the same connection.
        let found = cluster.read(Kind::Namespace, "", &namespace).await?;
        let lists = future::try_join_all(lists).await?;
        let mut look = Self::empty(environment.clone());
        look.put_all(Kind::Namespace, found);
        for (kind, listed) in lists {
            look.put_all(kind, listed);
        }
        Ok(look)
    }

    fn put_all(&mut self, kind: Kind, objects: impl IntoIterator<Item = DynamicObject>) {
        objects.into_iter().for_each(|object| self.put(kind, object));
    }

    /// Takes in an object as it is now.
    pub(crate) fn put(&mut self, kind: Kind, object: DynamicObject) {
        let name = object.metadata.name.clone().unwrap_or_default();
        self.objects.insert((kind, name), Arc::new(Found::new(kind, object)));
    }

    /// Forgets an object that is gone.
    pub(crate) fn remove(&mut self, kind: Kind, object: &DynamicObject) {
        self.objects.remove(&(kind, object.metadata.name.clone().unwrap_or_default()));
    }

    /// The objects of a kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &DynamicObject> {
        self.objects.iter().filter(move |((one, _), _)| *one == kind).map(|(_, found)| &found.object)
    }

    /// The pods.
    pub(crate) fn pods(&self) -> impl Iterator<Item = &Pod> {
        self.objects.iter().filter(|((kind, _), _)| *kind == Kind::Pod).filter_map(|(_, found)| found.pod.as_ref())
    }

    /// One object.
    pub(crate) fn one(&self, kind: Kind, name: &str) -> Option<&DynamicObject> {
        self.objects.get(&(kind, name.to_owned())).map(|found| &found.object)
    }
}
