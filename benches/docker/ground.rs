//! What the measurements on containers need.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Failure;
use crate::compose::Compose;
use crate::engine::Engine;
use crate::eve_program::EveProgram;
use crate::image;
use crate::side_by_side::report;

/// An engine, the two sides, and a folder for what they keep.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) engine: Engine,
    pub(crate) eve: EveProgram,
    /// None where it cannot be built.
    pub(crate) compose: Option<Compose>,
    pub(crate) dir: TempDir,
    project: String,
}

impl Ground {
    /// Makes everything ready; none where no engine answers and none was named.
    pub(crate) async fn open(smoke: bool) -> Result<Option<Self>, Failure> {
        let project = format!("bench{}", std::process::id());
        let named = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
        let engine = Engine::new(named.as_deref().unwrap_or("unix:///var/run/docker.sock"), &project);
        let version = match engine.call("GET", "/version", None).await {
            Ok(version) => version,
            Err(failure) if named.is_some() => return Err(format!("{}: {failure}", engine.host()).into()),
            Err(_) => return Ok(None),
        };
        let dir = tempfile::tempdir()?;
        image::ensure(&engine, dir.path()).await?;
        let eve = EveProgram::find(&engine, dir.path(), &project, smoke).await?;
        let compose = Compose::find(&engine, dir.path(), &project, !smoke).await?;
        report::title("on");
        report::note("engine", &format!("{} (API {})", text(&version["Version"]), text(&version["ApiVersion"])));
        report::note("cores", &std::thread::available_parallelism()?.to_string());
        if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
            report::note("load before", load.trim());
        }
        report::note("eve", env!("CARGO_PKG_VERSION"));
        if let Some(compose) = &compose {
            report::note("peer", &compose.version().await?);
        }
        Ok(Some(Self { engine, eve, compose, dir, project }))
    }

    /// An input, by its name.
    pub(crate) fn input(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/docker").join(format!("compose-{name}.yaml"))
    }

    /// Fails unless so many containers of Eve's run.
    pub(crate) async fn expect_eve(&self, services: usize) -> Result<(), Failure> {
        self.expect("Eve", &EveProgram::label(&self.project), services).await
    }

    /// Fails unless so many containers of Compose's run.
    pub(crate) async fn expect_compose(&self, services: usize) -> Result<(), Failure> {
        self.expect("Compose", &Compose::label(&self.project), services).await
    }

    /// Removes whatever this run made and is still there.
    pub(crate) async fn clean(&self) -> Result<(), Failure> {
        if self.eve.state().exists() {
            eve::supervisor::end(self.eve.state()).await?;
        }
        let mut swept = Ok(());
        for label in [EveProgram::label(&self.project), Compose::label(&self.project), self.engine.label()] {
            // What cannot be removed keeps nothing else.
            swept = self.engine.sweep(&label).await.and(swept);
        }
        swept
    }

    /// A side that does less than it is asked for would look fast.
    async fn expect(&self, who: &str, label: &str, services: usize) -> Result<(), Failure> {
        let running = self.engine.containers(label, false).await?.len();
        if running == services {
            return Ok(());
        }
        Err(format!("{running} containers of {who} run, and {services} should").into())
    }
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or("unknown")
}
