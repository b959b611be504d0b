//! An engine, and one service that is deployed again and again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use eve::desired::{BuildSpec, HealthCheck, ImageRef, Port, Probe, Process, PublicRoute, Service, Source};
use eve::{
    DeployRequest, Desired, Digest, Embedded, EmbeddedConfig, EnvName, Environment, EnvironmentId, Error, HostName,
    MilliCpu, Project, Result, ServiceName, SourceDir, VarName, codes,
};
use k8s_openapi::api::core::v1 as k8s;

use crate::cell::{Cell, Ending, Through};
use crate::ground::Ground;
use crate::load::Target;
use crate::{handed_over, own_image, service};

const PORT: u16 = 8080;

/// An engine, and one service that is deployed again and again.
pub(crate) struct Site {
    eve: Embedded,
    cell: Cell,
    id: EnvironmentId,
    root: PathBuf,
    program: String,
    source: Source,
}

impl Site {
    pub(crate) async fn open(dir: &Path, cell: Cell, project: &str) -> Result<Self> {
        std::fs::create_dir(dir.join("app")).expect("a folder for the sources");
        let eve = Embedded::open(cell.ground.config(EmbeddedConfig::new(dir.join("state")))).await?;
        let program = match cell.ground {
            Ground::Process => std::env::current_exe().expect("this program has a path").to_string_lossy().into_owned(),
            Ground::Docker => {
                let base = own_image::build(&eve, dir, "switch").await?;
                std::fs::write(dir.join("app/Dockerfile"), format!("FROM {base}\n"))
                    .expect("the folder can be written");
                "switch".to_owned()
            }
            Ground::K8s => "switch".to_owned(),
        };
        let source = match cell.ground {
            Ground::Process | Ground::Docker => Source::Build(BuildSpec::new("app")),
            Ground::K8s => Source::Image(ImageRef::new(handed_over::hand_over(dir, "switch")?)?),
        };
        let id = EnvironmentId::parse(&format!("acme/{project}/{}", cell.name()))?;
        Ok(Self { eve, cell, id, root: dir.to_owned(), program, source })
    }

    /// Where the load goes.
    pub(crate) async fn target(&self) -> Result<Target> {
        match (self.cell.through, self.cell.ground) {
            (Through::Proxy, _) => {
                let port = self.eve.ingress_port().await?;
                Ok(Target::new(format!("127.0.0.1:{port}"), format!("web.bench.lvh.me:{port}")))
            }
            (Through::Service, Ground::K8s) => {
                let host = self.cluster_ip().await?;
                Ok(Target::new(format!("{host}:{PORT}"), format!("web:{PORT}")))
            }
            (Through::Service, _) => {
                let text = "only a cluster has services with addresses of their own";
                Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text))
            }
        }
    }

    /// The address of the Service under the plain name.
    async fn cluster_ip(&self) -> Result<String> {
        let failed = |error: kube::Error| {
            Error::unavailable(codes::BACKEND_UNAVAILABLE, "the Service was not read").with_source(error)
        };
        let client = kube::Client::try_default().await.map_err(failed)?;
        let services: kube::Api<k8s::Service> = kube::Api::namespaced(client, &eve::naming::namespace(&self.id));
        let found = services.get("web").await.map_err(failed)?;
        let ip = found.spec.and_then(|spec| spec.cluster_ip);
        ip.ok_or_else(|| Error::not_found(codes::OBJECT_MISSING, "the Service has no address"))
    }

    pub(crate) async fn deploy(&self, release: u32) -> Result<()> {
        let mut process = Process::new([self.program.as_str(), "serve"])
            .with_variable(VarName::new("RELEASE")?, release.to_string().as_str());
        if self.cell.ending == Ending::Polite {
            process = process.with_variable(VarName::new("POLITE")?, "1");
        }
        let mut web = Service::new(self.source.clone());
        web.process = process;
        web.replicas = self.cell.replicas;
        if self.cell.ground == Ground::K8s {
            // Pods that are promised nothing get nothing from a machine that has other work to do.
            web.resources.requests.cpu = Some(MilliCpu::new(250));
        }
        web.ports.push(Port::tcp(PORT));
        web.health = Some(HealthCheck::new(Probe::Http { port: None, path: "/".to_owned() }));
        web.stop_grace = service::DRAIN + Duration::from_secs(2);
        web.rollout.strategy = Some(self.cell.way.strategy());
        web.rollout.window = Some(Duration::ZERO);
        web.rollout.drain = Duration::from_secs(10);
        let name = ServiceName::new("web")?;
        let mut desired = Desired::empty(self.id.clone());
        if self.cell.through == Through::Proxy {
            desired.routes.push(PublicRoute::new(name.clone(), HostName::new("web.bench.lvh.me")?, PORT));
        }
        desired.services.insert(name, web);
        let mut project = Project::new(self.id.org.clone(), self.id.project.clone(), Digest::of(release.to_string()));
        project.environments.insert(self.id.env.clone(), Environment::new(desired));
        let env = EnvName::new(self.id.env.as_str())?;
        let request = DeployRequest::new(project, env).with_source(SourceDir::new(&self.root));
        self.eve.engine().deploy(request).await?.wait().await?.into_result().map(drop)
    }

    /// Ends everything, and tells how much is left.
    pub(crate) async fn tear_down(self) -> Result<u64> {
        self.eve.engine().delete(&self.id, "bench").await?.wait().await?.into_result()?;
        let left = self.eve.engine().leftovers(&self.id).await?.count();
        self.eve.shutdown().await;
        Ok(left as u64)
    }
}
