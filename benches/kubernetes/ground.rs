//! What the measurements need.

use std::path::{Path, PathBuf};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::api::{Api, DeleteParams, ListParams, PostParams};
use kube::core::ObjectMeta;
use kube::{Client, Config};
use tempfile::TempDir;

use crate::eve_program::EveProgram;
use crate::helm::Helm;
use crate::kubectl::Kubectl;
use crate::side_by_side::{Failure, report};

/// How many services there are.
pub(crate) const SERVICES: usize = 20;
/// How long what was made may take to be gone.
const PATIENCE: Duration = Duration::from_mins(3);
const PAUSE: Duration = Duration::from_millis(200);

/// A cluster, the sides, and a folder for what they keep.
pub(crate) struct Ground {
    pub(crate) client: Client,
    pub(crate) kubeconfig: PathBuf,
    pub(crate) eve: EveProgram,
    /// None where it cannot be built.
    pub(crate) helm: Option<Helm>,
    /// None where there is none.
    pub(crate) kubectl: Option<Kubectl>,
    pub(crate) dir: TempDir,
}

impl Ground {
    /// Makes everything ready; none where no cluster is named.
    pub(crate) async fn open(smoke: bool) -> Result<Option<Self>, Failure> {
        let Some(kubeconfig) = std::env::var_os("KUBECONFIG").filter(|path| !path.is_empty()).map(PathBuf::from) else {
            return Ok(None);
        };
        let client = Client::try_from(Config::infer().await?)?;
        let version = client.apiserver_version().await?.git_version;
        let dir = tempfile::tempdir()?;
        let project = format!("bench{}", std::process::id());
        let objects = std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kubernetes/kubernetes-20.yaml"),
        )?;
        let of = |namespace: &str| objects.replace("namespace: bench", &format!("namespace: {namespace}"));
        let place = (dir.path(), &*kubeconfig);
        let (for_helm, for_kubectl) = (format!("{project}-helm"), format!("{project}-kubectl"));
        let ground = Self {
            eve: EveProgram::find(dir.path(), &project, smoke).await?,
            helm: Helm::find(place, for_helm.clone(), &of(&for_helm), !smoke).await?,
            kubectl: Kubectl::find(place, for_kubectl.clone(), &of(&for_kubectl)).await?,
            client,
            kubeconfig,
            dir,
        };
        for namespace in ground.namespaces() {
            ground.make(namespace).await?;
        }
        report::title("on");
        report::note("cluster", &version);
        report::note("cores", &std::thread::available_parallelism()?.to_string());
        if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
            report::note("load before", load.trim());
        }
        report::note("eve", env!("CARGO_PKG_VERSION"));
        if let Some(helm) = &ground.helm {
            report::note("peer", &format!("helm {}", helm.version().await?));
        }
        Ok(Some(ground))
    }

    /// Waits until no pod of a namespace is left: whoever comes next finds the cluster as the one before did.
    pub(crate) async fn wait_for_no_pods(&self, namespace: &str) -> Result<(), Failure> {
        let api: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let gone = async {
            while !api.list_metadata(&ListParams::default().limit(1)).await?.items.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
            Ok::<_, Failure>(())
        };
        tokio::time::timeout(PATIENCE, gone).await.map_err(|_| format!("pods of {namespace} do not end"))?
    }

    /// Removes whatever this run made and is still there.
    pub(crate) async fn clean(&self) -> Result<(), Failure> {
        if self.eve.state().exists() {
            self.eve.delete(&self.kubeconfig).output().await?;
            eve::supervisor::end(self.eve.state()).await?;
        }
        let api: Api<Namespace> = Api::all(self.client.clone());
        for namespace in self.namespaces() {
            api.delete(namespace, &DeleteParams::default()).await?;
        }
        Ok(())
    }

    /// Those of the peers. Eve makes its own.
    fn namespaces(&self) -> impl Iterator<Item = &str> {
        let helm = self.helm.as_ref().map(|helm| &*helm.namespace);
        helm.into_iter().chain(self.kubectl.as_ref().map(|kubectl| &*kubectl.namespace))
    }

    async fn make(&self, name: &str) -> Result<(), Failure> {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let api: Api<Namespace> = Api::all(self.client.clone());
        api.create(&PostParams::default(), &Namespace { metadata, ..Namespace::default() }).await?;
        Ok(())
    }
}
