//! An engine, and one service that is deployed again and again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use eve::desired::{BuildSpec, HealthCheck, ImageRef, Port, Probe, Process, PublicRoute, Service, Source};
use eve::{
    DeployRequest, Desired, Digest, Embedded, EmbeddedConfig, EnvName, Environment, EnvironmentId, HostName, Project,
    Result, ServiceName, SourceDir, VarName,
};

use crate::ground::Ground;
use crate::{handed_over, own_image};

/// An engine, and one service that is deployed again and again.
pub(crate) struct Site {
    eve: Embedded,
    root: PathBuf,
    program: String,
    source: Source,
    port: u16,
}

impl Site {
    pub(crate) async fn open(dir: &Path, ground: Ground) -> Result<Self> {
        std::fs::create_dir(dir.join("app")).expect("a folder for the sources");
        let eve = Embedded::open(ground.config(EmbeddedConfig::new(dir.join("state")))).await?;
        let program = match ground {
            Ground::Process => std::env::current_exe().expect("this program has a path").to_string_lossy().into_owned(),
            Ground::Docker => {
                let base = own_image::build(&eve, dir, "switch").await?;
                std::fs::write(dir.join("app/Dockerfile"), format!("FROM {base}\n"))
                    .expect("the folder can be written");
                "switch".to_owned()
            }
            Ground::K8s => "switch".to_owned(),
        };
        let source = match ground {
            Ground::Process | Ground::Docker => Source::Build(BuildSpec::new("app")),
            Ground::K8s => Source::Image(ImageRef::new(handed_over::hand_over(dir, "switch")?)?),
        };
        let port = eve.ingress_port().await?;
        Ok(Self { eve, root: dir.to_owned(), program, source, port })
    }

    /// Where the ingress listens.
    pub(crate) fn ingress(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The host under which the service is reached through it.
    pub(crate) fn host(&self) -> String {
        format!("web.bench.lvh.me:{}", self.port)
    }

    pub(crate) async fn deploy(&self, release: u32) -> Result<()> {
        let id = environment();
        let mut web = Service::new(self.source.clone());
        web.process = Process::new([self.program.as_str(), "serve"])
            .with_variable(VarName::new("RELEASE")?, release.to_string().as_str());
        web.ports.push(Port::tcp(8080));
        web.health = Some(HealthCheck::new(Probe::Http { port: None, path: "/".to_owned() }));
        web.rollout.window = Some(Duration::ZERO);
        web.rollout.drain = Duration::from_secs(10);
        let name = ServiceName::new("web")?;
        let mut desired = Desired::empty(id.clone());
        desired.routes.push(PublicRoute::new(name.clone(), HostName::new("web.bench.lvh.me")?, 8080));
        desired.services.insert(name, web);
        let mut project = Project::new(id.org.clone(), id.project.clone(), Digest::of(release.to_string()));
        project.environments.insert(id.env.clone(), Environment::new(desired));
        let request = DeployRequest::new(project, EnvName::new("load")?).with_source(SourceDir::new(&self.root));
        self.eve.engine().deploy(request).await?.wait().await?.into_result().map(drop)
    }

    /// Ends everything, and tells how much is left.
    pub(crate) async fn tear_down(self) -> Result<u64> {
        let id = environment();
        self.eve.engine().delete(&id, "bench").await?.wait().await?.into_result()?;
        let left = self.eve.engine().leftovers(&id).await?.count();
        self.eve.shutdown().await;
        Ok(left as u64)
    }
}

fn environment() -> EnvironmentId {
    EnvironmentId::parse("acme/bench/load").expect("a valid address")
}
