//! What an embedder can set.

use std::path::PathBuf;
use std::time::Duration;

use eve_core::ByteSize;
use serde::{Deserialize, Serialize};

use crate::name::K8sName;

/// Which cluster holds environments, and how they are held there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct K8sConfig {
    /// The kubeconfig. None means the usual places: `KUBECONFIG`, `~/.kube/config`, and the service account of the
    /// pod that this runs in.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig. None means its current one.
    pub context: Option<String>,
    /// Whose objects these are: what bears another owner's name is a stranger's. Two installations that share a
    /// cluster need different ones. Default `eve`.
    pub owner: K8sName,
    /// What follows `eve-` in the names of the field managers, for embedders that want to be told apart.
    pub manager: Option<K8sName>,
    /// Who leads requests from outside to services. Default: somebody outside of the cluster.
    pub ingress: Ingress,
    /// How long pods go on answering after they were asked to end, until everybody has heard of it. Default 5 s.
    pub pre_stop: Duration,
    /// The Pod Security level that namespaces enforce. Default [`PodSecurity::Baseline`].
    pub pod_security: PodSecurity,
    /// True if namespaces let in only what comes from themselves and from those that [`Ingress`] names. Default true.
    pub network_policy: bool,
    /// The secret of the namespace, of type `kubernetes.io/dockerconfigjson`, that images are pulled with.
    pub pull_secret: Option<K8sName>,
    /// The storage class of volumes. None means the cluster's default.
    pub storage_class: Option<K8sName>,
    /// How large volumes are. Default 1 GiB.
    pub volume_size: ByteSize,
    /// How many lines of one run of a container are read from its start; of more, the last ones. Default 100,000.
    pub log_lines: usize,
    /// Every release of every service has an address of its own, also where no route from outside needs one: for routes
    /// of the embedder's own between services. By default it does not, which saves a Service for each.
    pub address_every_release: bool,
    /// True if commands may be run in pods: that takes a right of its own. Default false.
    pub exec: bool,
}

/// Who leads requests from outside to services.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ingress {
    /// A proxy that Eve steers and that reaches the cluster's addresses, such as `eve-proxy` on a node. Each release
    /// has an address that never moves.
    #[default]
    Outside,
    /// An Ingress controller of the cluster.
    Class(IngressClass),
    /// A Gateway of the cluster, by HTTPRoutes.
    Gateway(GatewayRef),
}

/// An Ingress controller, and where certificates come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IngressClass {
    /// The class.
    pub class: K8sName,
    /// Where certificates come from. None means plain HTTP.
    pub tls: Option<Tls>,
}

impl IngressClass {
    /// A class, without certificates.
    pub fn new(class: K8sName) -> Self {
        Self { class, tls: None }
    }

    /// Says where certificates come from.
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }
}

/// Where certificates come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Tls {
    /// A cluster issuer of cert-manager makes one for each host.
    Issuer(K8sName),
    /// A secret of the namespace holds one for all hosts.
    Wildcard(K8sName),
}

/// A Gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GatewayRef {
    /// Its namespace.
    pub namespace: K8sName,
    /// Its name.
    pub name: K8sName,
    /// The listener of it. None means all that take the host.
    pub listener: Option<K8sName>,
}

impl GatewayRef {
    /// A Gateway of a namespace.
    pub fn new(namespace: K8sName, name: K8sName) -> Self {
        Self { namespace, name, listener: None }
    }

    /// Names one of its listeners.
    pub fn with_listener(mut self, listener: K8sName) -> Self {
        self.listener = Some(listener);
        self
    }
}

/// A level of the Pod Security Standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PodSecurity {
    /// Nothing is forbidden.
    Privileged,
    /// What is known to lead out of a pod is forbidden.
    #[default]
    Baseline,
    /// Pods run as somebody who is not root, and with next to no rights.
    Restricted,
}

impl PodSecurity {
    /// As the cluster names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

impl Default for K8sConfig {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            owner: plain("eve"),
            manager: None,
            ingress: Ingress::default(),
            pre_stop: Duration::from_secs(5),
            pod_security: PodSecurity::default(),
            network_policy: true,
            pull_secret: None,
            storage_class: None,
            volume_size: ByteSize::bytes(1 << 30),
            log_lines: 100_000,
            address_every_release: false,
            exec: false,
        }
    }
}

fn plain(name: &str) -> K8sName {
    K8sName::new(name).expect("a lower-case word is a name")
}

impl K8sConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the kubeconfig.
    pub fn with_kubeconfig(mut self, path: impl Into<PathBuf>) -> Self {
        self.kubeconfig = Some(path.into());
        self
    }

    /// Names the context.
    pub fn with_context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// Gives every release of every service an address of its own.
    pub fn with_address_for_every_release(mut self) -> Self {
        self.address_every_release = true;
        self
    }

    /// Sets whose objects these are.
    pub fn with_owner(mut self, owner: K8sName) -> Self {
        self.owner = owner;
        self
    }

    /// Sets what follows `eve-` in the names of the field managers.
    pub fn with_manager(mut self, suffix: K8sName) -> Self {
        self.manager = Some(suffix);
        self
    }

    /// Sets who leads requests from outside to services.
    pub fn with_ingress(mut self, ingress: Ingress) -> Self {
        self.ingress = ingress;
        self
    }

    /// Sets how long pods go on answering after they were asked to end.
    pub fn with_pre_stop(mut self, pause: Duration) -> Self {
        self.pre_stop = pause;
        self
    }

    /// Sets the Pod Security level that namespaces enforce.
    pub fn with_pod_security(mut self, level: PodSecurity) -> Self {
        self.pod_security = level;
        self
    }

    /// Leaves namespaces open to everybody.
    pub fn without_network_policy(mut self) -> Self {
        self.network_policy = false;
        self
    }

    /// Sets the secret that images are pulled with.
    pub fn with_pull_secret(mut self, secret: K8sName) -> Self {
        self.pull_secret = Some(secret);
        self
    }

    /// Sets the storage class of volumes, and how large they are.
    pub fn with_storage(mut self, class: Option<K8sName>, size: ByteSize) -> Self {
        self.storage_class = class;
        self.volume_size = size;
        self
    }

    /// Sets how many lines of one run of a container are read from its start (at least 1).
    pub fn with_log_lines(mut self, lines: usize) -> Self {
        self.log_lines = lines.max(1);
        self
    }

    /// Sets whether commands may be run in pods.
    pub fn with_exec(mut self, exec: bool) -> Self {
        self.exec = exec;
        self
    }

    /// The manager of what the runtime sets.
    pub(crate) fn runtime_manager(&self) -> String {
        self.manager.as_ref().map_or_else(|| "eve".to_owned(), |suffix| format!("eve-{suffix}"))
    }

    /// The manager of where Services lead.
    pub(crate) fn routes_manager(&self) -> String {
        format!("{}-routes", self.runtime_manager())
    }
}
