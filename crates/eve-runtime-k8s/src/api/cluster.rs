//! A cluster, and every call that is made to it.

use std::fmt;
use std::sync::Arc;

use eve_core::{Error, Result, codes};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{
    AttachParams, AttachedProcess, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams,
    Preconditions, PropagationPolicy,
};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::PartialObjectMeta;
use kube::{Api, Client, Config};
use serde_json::Value;

use super::connection;
use super::failure::{is_conflict, is_gone, unavailable};
use super::kind::Kind;
use super::known::Known;
use crate::config::K8sConfig;

/// How long any call may take to be answered.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// One cluster, as one user reaches it.
#[derive(Clone)]
pub(crate) struct Cluster {
    client: Client,
    /// For what changes what a connection is for.
    changing: Client,
    /// For people.
    name: Arc<str>,
    known: Known,
}

/// How an object is applied.
#[derive(Debug, Clone)]
pub(crate) struct Apply<'a> {
    /// Who manages the fields.
    pub(crate) manager: &'a str,
    /// Tries it, and changes nothing.
    pub(crate) dry_run: bool,
}

impl Cluster {
    /// The cluster that the configuration names. Nothing is asked of it yet.
    ///
    /// # Errors
    /// `backend.unavailable` if the kubeconfig cannot be read.
    pub(crate) async fn open(config: &K8sConfig) -> Result<Self> {
        let unreadable = |cause: Box<dyn std::error::Error + Send + Sync>| {
            Error::unavailable(codes::BACKEND_UNAVAILABLE, "no cluster is configured")
                .with_hint("set KUBECONFIG, or run inside a cluster with a service account")
                .with_source(cause)
        };
        let options = KubeConfigOptions { context: config.context.clone(), ..KubeConfigOptions::default() };
        let found = match &config.kubeconfig {
            Some(path) => {
                let file = Kubeconfig::read_from(path).map_err(|error| unreadable(error.into()))?;
                Config::from_custom_kubeconfig(file, &options).await.map_err(|error| unreadable(error.into()))?
            }
            None if config.context.is_some() => {
                Config::from_kubeconfig(&options).await.map_err(|error| unreadable(error.into()))?
            }
            None => Config::infer().await.map_err(|error| unreadable(error.into()))?,
        };
        let name = Arc::from(found.cluster_url.to_string().trim_end_matches('/'));
        let client = connection::shared(&found).map_err(|error| unreadable(error.into()))?;
        let changing = connection::single(&found).map_err(|error| unreadable(error.into()))?;
        Ok(Self { client, changing, name, known: Known::default() })
    }

    /// A cluster behind any client: how tests have one that answers as they like.
    pub(crate) fn of(client: Client) -> Self {
        Self { changing: client.clone(), client, name: Arc::from("a given client"), known: Known::default() }
    }

    /// The client, for what is not here.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// What it last said.
    pub(crate) fn known(&self) -> &Known {
        &self.known
    }

    /// The objects of a kind.
    pub(crate) fn api(&self, kind: Kind, namespace: &str) -> Api<DynamicObject> {
        if kind == Kind::Namespace {
            Api::all_with(self.client.clone(), &kind.resource())
        } else {
            Api::namespaced_with(self.client.clone(), namespace, &kind.resource())
        }
    }

    /// The metadata of the objects of a kind.
    pub(crate) fn metadata(&self, kind: Kind, namespace: &str) -> Api<PartialObjectMeta<DynamicObject>> {
        Api::namespaced_with(self.client.clone(), namespace, &kind.resource())
    }

    /// All objects of a kind in a namespace; of those with values that are never read, only their metadata.
    ///
    /// # Errors
    /// `access.denied`, `backend.unavailable`.
    pub(crate) async fn list(&self, kind: Kind, namespace: &str) -> Result<Vec<DynamicObject>> {
        let api = self.api(kind, namespace);
        let all = ListParams::default();
        let listed = if kind.is_closed() {
            within(api.list_metadata(&all)).await.map(|list| list.items.into_iter().map(of_metadata).collect())
        } else {
            within(api.list(&all)).await.map(|list| list.items)
        };
        match listed {
            // A kind that the cluster does not serve has no objects.
            Err(error) if is_gone(&error) => Ok(Vec::new()),
            Err(error) => Err(unavailable(&format!("listing {}s of {namespace}", kind.word()), error)),
            Ok(items) => {
                self.known.put_all(kind, namespace, &items);
                Ok(items)
            }
        }
    }

    /// The same for two who ask under one lease, one after the other or at once: what was listed a moment ago, if nothing
    /// of that kind was changed from here since.
    ///
    /// # Errors
    /// `access.denied`, `backend.unavailable`.
    pub(crate) async fn list_shared(&self, kind: Kind, namespace: &str) -> Result<Vec<DynamicObject>> {
        let turn = self.known.turn(kind, namespace);
        let _turn = turn.lock().await;
        match self.known.take_list(kind, namespace) {
            Some(listed) => Ok(listed),
            None => self.list(kind, namespace).await,
        }
    }

    /// The objects of a kind that bear these labels: in one namespace, or in all of them where none is named.
    ///
    /// # Errors
    /// `access.denied`, `backend.unavailable`.
    pub(crate) async fn labelled(&self, kind: Kind, namespace: &str, labels: &str) -> Result<Vec<DynamicObject>> {
        let api: Api<DynamicObject> = match namespace {
            "" => Api::all_with(self.client.clone(), &kind.resource()),
            one => self.api(kind, one),
        };
        let listed = within(api.list(&ListParams::default().labels(labels))).await;
        listed.map(|list| list.items).map_err(|error| unavailable(&format!("looking for a {}", kind.word()), error))
    }

    /// The metadata of one object; none if it is not there.
    ///
    /// # Errors
    /// `access.denied`, `backend.unavailable`.
    pub(crate) async fn find(&self, kind: Kind, namespace: &str, name: &str) -> Result<Option<DynamicObject>> {
        let found = within(self.api(kind, namespace).get_metadata_opt(name)).await;
        found
            .map(|found| found.map(of_metadata))
            .map_err(|error| unavailable(&format!("looking at {} {name}", kind.word()), error))
    }

    /// One object; none if it is not there.
    ///
    /// # Errors
    /// `access.denied`, `backend.unavailable`.
    pub(crate) async fn read(&self, kind: Kind, namespace: &str, name: &str) -> Result<Option<DynamicObject>> {
        let found = within(self.api(kind, namespace).get_opt(name)).await;
        match &found {
            Ok(Some(found)) => self.known.put(kind, namespace, found),
            _ => self.known.forget(kind, namespace, name),
        }
        found.map_err(|error| unavailable(&format!("reading {} {name}", kind.word()), error))
    }

    /// Applies an object on the server's side.
    pub(crate) async fn apply(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        object: &Value,
        how: Apply<'_>,
    ) -> kube::Result<DynamicObject> {
        let mut params = PatchParams::apply(how.manager).validation_strict();
        params.dry_run = how.dry_run;
        let api = self.api(kind, namespace);
        let patch = Patch::Apply(object);
        let applied = within(api.patch(name, &params, &patch)).await;
        match &applied {
            _ if how.dry_run => {}
            Ok(applied) => self.known.put(kind, namespace, applied),
            Err(_) => self.known.forget(kind, namespace, name),
        }
        applied
    }

    /// Changes some fields of one incarnation of an object.
    pub(crate) async fn merge(&self, kind: Kind, namespace: &str, name: &str, fields: &Value) -> kube::Result<()> {
        self.known.outdate(kind, namespace);
        let api = self.api(kind, namespace);
        within(api.patch(name, &PatchParams::default(), &Patch::Merge(fields))).await.map(drop)
    }

    /// Runs a command in a pod's container, and gives the way to it.
    pub(crate) async fn attach(
        &self,
        namespace: &str,
        pod: &str,
        argv: &[String],
        how: &AttachParams,
    ) -> kube::Result<AttachedProcess> {
        let api: Api<Pod> = Api::namespaced(self.changing.clone(), namespace);
        // Whoever waits for it need not carry all that it takes to change a connection's protocol.
        within(Box::pin(api.exec(pod, argv, how))).await
    }

    /// Makes an object that is not there yet; none if one of that name is.
    ///
    /// # Errors
    /// Whatever the cluster answers.
    pub(crate) async fn create(
        &self,
        kind: Kind,
        namespace: &str,
        object: &DynamicObject,
        manager: &str,
    ) -> kube::Result<Option<DynamicObject>> {
        self.known.outdate(kind, namespace);
        let params = PostParams { field_manager: Some(manager.to_owned()), ..PostParams::default() };
        match within(self.api(kind, namespace).create(&params, object)).await {
            Err(error) if is_conflict(&error) => Ok(None),
            made => made.map(Some),
        }
    }

    /// Asks for the end of one incarnation of an object, with all that was made for it.
    pub(crate) async fn delete(&self, kind: Kind, namespace: &str, name: &str, uid: &str) -> kube::Result<()> {
        let only = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
        let params = DeleteParams {
            // It goes when everything that was made for it is gone.
            propagation_policy: Some(PropagationPolicy::Foreground),
            preconditions: Some(only),
            ..DeleteParams::default()
        };
        if kind == Kind::Namespace {
            self.known.forget_all(name);
        } else {
            self.known.forget(kind, namespace, name);
        }
        within(self.api(kind, namespace).delete(name, &params)).await.map(drop)
    }
}

/// A call that is answered in time, or is as one that nobody answers.
pub(super) async fn within<T>(call: impl Future<Output = kube::Result<T>>) -> kube::Result<T> {
    tokio::time::timeout(PATIENCE, call).await.unwrap_or_else(|late| Err(kube::Error::Service(late.into())))
}

/// An object of which only the metadata is known.
pub(crate) fn of_metadata(found: PartialObjectMeta<DynamicObject>) -> DynamicObject {
    DynamicObject { types: found.types, metadata: found.metadata, data: Value::Null }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
