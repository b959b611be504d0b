//! A Kubernetes cluster, asked behind Eve's back.

use std::fs;
use std::io;
use std::net::{IpAddr, UdpSocket};
use std::path::Path;
use std::sync::LazyLock;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use kube::api::{ApiResource, DeleteParams, DynamicObject, ListParams};
use kube::{Api, Client, Config};
use tokio::runtime::Handle;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Whose an object is.
const OWNER: &str = "eve.owner";
/// The object that a pod is of.
const OBJECT: &str = "eve.object";
/// What a `ReplicaSet` or a pod is of. Its name says nothing: a part of it is made up by the cluster.
const SERVICE: &str = "eve.service";

/// What is looked for in a namespace: group, version and kind, and its plural.
const KINDS: [(&str, &str, &str, &str); 12] = [
    ("", "v1", "ConfigMap", "configmaps"),
    ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    ("", "v1", "Pod", "pods"),
    ("", "v1", "Secret", "secrets"),
    ("", "v1", "Service", "services"),
    ("", "v1", "ServiceAccount", "serviceaccounts"),
    ("apps", "v1", "Deployment", "deployments"),
    ("apps", "v1", "ReplicaSet", "replicasets"),
    ("apps", "v1", "StatefulSet", "statefulsets"),
    ("batch", "v1", "Job", "jobs"),
    ("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
    ("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
];
/// What every namespace has, whoever made it.
const GIVEN: [&str; 2] = ["ConfigMap kube-root-ca.crt", "ServiceAccount default"];

/// A Kubernetes cluster, asked behind Eve's back by a client of its own. It blocks, so that what a trial made can be
/// removed when the trial is dropped.
#[derive(Debug)]
pub(crate) struct KubernetesCluster;

/// The one that the kubeconfig names, and who asks it.
struct Asker {
    client: Client,
    address: IpAddr,
    handle: Handle,
}

static ASKER: LazyLock<Result<Asker, String>> = LazyLock::new(Asker::begin);

impl Asker {
    /// In a thread of its own, which lives as long as this process.
    fn begin() -> Result<Self, String> {
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return tell.send(Err(error.to_string())).unwrap_or_default(),
            };
            let opened = runtime.block_on(Self::open()).map_err(|error| error.to_string());
            // Who asked is there until he has heard.
            let _ = tell.send(opened);
            runtime.block_on(std::future::pending::<()>());
        });
        told.recv().map_err(|error| error.to_string())?
    }

    async fn open() -> Result<Self, Box<dyn std::error::Error>> {
        let config = Config::infer().await?;
        // What reaches the cluster from here is reached from there.
        let server = (config.cluster_url.host().unwrap_or_default().to_owned(), 443);
        let socket = UdpSocket::bind(("0.0.0.0", 0))?;
        socket.connect((server.0.as_str(), server.1))?;
        let address = socket.local_addr()?.ip();
        Ok(Self { client: Client::try_from(config)?, address, handle: Handle::current() })
    }
}

impl KubernetesCluster {
    /// This machine's address, as pods reach it.
    pub(crate) fn gateway() -> io::Result<IpAddr> {
        asker().map(|asker| asker.address)
    }

    /// The namespaces of the owner that works in a trial's directory, and whether each is about to end. With them goes
    /// all that is in them.
    pub(crate) fn owned(dir: &Path) -> io::Result<Vec<(String, bool)>> {
        let owner = match fs::read_to_string(dir.join("state/kubernetes.owner")) {
            Ok(owner) => owner.trim_end().to_owned(),
            // It was never opened.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let found = ask(async move |client| {
            let own = ListParams::default().labels(&format!("{OWNER}={owner}"));
            Api::<DynamicObject>::all_with(client, &kind(("", "v1", "Namespace", "namespaces"))).list(&own).await
        })?;
        let meta = found.items.into_iter().map(|one| one.metadata);
        Ok(meta.filter_map(|meta| Some((meta.name?, meta.deletion_timestamp.is_some()))).collect())
    }

    /// Everything in a namespace, as kind and name without what is made up; and whether it is about to end.
    pub(crate) fn held(namespace: &str) -> io::Result<Vec<String>> {
        let namespace = namespace.to_owned();
        let lists = ask(async move |client| {
            let mut lists = Vec::new();
            for one in KINDS {
                let api = Api::<DynamicObject>::namespaced_with(client.clone(), &namespace, &kind(one));
                lists.push((one.2, api.list(&ListParams::default()).await?.items));
            }
            Ok(lists)
        })?;
        let shown = |(kind, items): (&str, Vec<DynamicObject>)| {
            items.iter().map(|one| shown(kind, one)).filter(|line| !GIVEN.contains(&line.as_str())).collect::<Vec<_>>()
        };
        let mut held: Vec<_> = lists.into_iter().flat_map(shown).collect();
        held.sort();
        Ok(held)
    }

    /// Asks for a namespace's end.
    pub(crate) fn remove(namespace: &str) -> io::Result<()> {
        let namespace = namespace.to_owned();
        ask(async move |client| {
            let api = Api::<DynamicObject>::all_with(client, &kind(("", "v1", "Namespace", "namespaces")));
            api.delete(&namespace, &DeleteParams::default()).await.map(drop)
        })
    }

    /// Ends the pods of an object by SIGKILL; false if there was none any more.
    pub(crate) fn kill(namespace: &str, object: &str) -> io::Result<bool> {
        let (namespace, of_object) =
            (namespace.to_owned(), ListParams::default().labels(&format!("{OBJECT}={object}")));
        ask(async move |client| {
            let api = Api::<DynamicObject>::namespaced_with(client, &namespace, &kind(("", "v1", "Pod", "pods")));
            let pods = api.list(&of_object).await?.items;
            let at_once = DeleteParams::default().grace_period(0);
            for name in pods.iter().filter_map(|pod| pod.metadata.name.as_deref()) {
                api.delete(name, &at_once).await?;
            }
            Ok(!pods.is_empty())
        })
    }
}

fn asker() -> io::Result<&'static Asker> {
    ASKER.as_ref().map_err(|error| io::Error::other(format!("no cluster can be asked: {error}")))
}

/// Asks the cluster, and waits.
fn ask<T, F>(question: impl FnOnce(Client) -> F) -> io::Result<T>
where
    T: Send + 'static,
    F: Future<Output = kube::Result<T>> + Send + 'static,
{
    let asker = asker()?;
    let (tell, told) = mpsc::channel();
    let asking = question(asker.client.clone());
    asker.handle.spawn(async move {
        // Who asked may have waited long enough.
        let _ = tell.send(asking.await);
    });
    match told.recv_timeout(PATIENCE) {
        Ok(answer) => answer.map_err(io::Error::other),
        Err(late) => Err(io::Error::new(io::ErrorKind::TimedOut, late)),
    }
}

fn kind((group, version, kind, plural): (&str, &str, &str, &str)) -> ApiResource {
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version,
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    }
}

fn shown(kind: &str, object: &DynamicObject) -> String {
    let meta = &object.metadata;
    let service = meta.labels.as_ref().and_then(|labels| labels.get(SERVICE));
    let name = match (kind, service) {
        ("Pod" | "ReplicaSet", Some(service)) => format!("of {service}"),
        _ => plain(meta.name.as_deref().unwrap_or_default()),
    };
    let ending = if meta.deletion_timestamp.is_some() { super::ENDING } else { "" };
    format!("{kind} {name}{ending}")
}

/// A name without the digests in it: they differ from trial to trial.
pub(super) fn plain(name: &str) -> String {
    let is_digest = |part: &str| part.len() >= 8 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let parts: Vec<_> = name.split('-').map(|part| if is_digest(part) { "*" } else { part }).collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_names_are_left_out_and_nothing_else_is() {
        assert_eq!(plain("web-at-0a1b2c3d"), "web-at-*");
        assert_eq!(plain("attempt-0123456789abcdef"), "attempt-*");
        assert_eq!(plain("web-public"), "web-public");
    }
}
