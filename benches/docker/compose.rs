//! The peer: Docker Compose.

use std::path::{Path, PathBuf};

use crate::Failure;
use crate::engine::Engine;
use crate::program::Program;

/// The version that `compose/go.mod` pins.
pub(crate) const VERSION: &str = "v5.5.0";

const PACKAGE: &str = "github.com/docker/compose/v5/cmd";

/// Docker Compose, without a Docker command line around it.
#[derive(Debug)]
pub(crate) struct Compose {
    program: PathBuf,
    host: String,
    /// In place of the user's configuration.
    config: String,
    project: String,
}

impl Compose {
    /// Builds it from its released module, unless that was done before; none where there is no Go, or
    /// where it is not to be built.
    pub(crate) async fn find(
        engine: &Engine,
        dir: &Path,
        project: &str,
        builds: bool,
    ) -> Result<Option<Self>, Failure> {
        let program = cache().join(format!("compose-{VERSION}"));
        if !program.is_file() {
            if !builds {
                println!("Docker Compose is not built yet, and a smoke does not wait for that: its side is left out");
                return Ok(None);
            }
            if Program::new("go").with(["version"]).output().await.is_err() {
                println!("there is no Go to build Docker Compose with: its side is left out");
                return Ok(None);
            }
            build(&program).await?;
        }
        Ok(Some(Self {
            program,
            host: engine.host().to_owned(),
            config: dir.to_string_lossy().into_owned(),
            project: project.to_owned(),
        }))
    }

    pub(crate) async fn version(&self) -> Result<String, Failure> {
        Ok(self.program().with(["version"]).output().await?.trim().to_owned())
    }

    /// `up -d`, with whatever else is asked for.
    pub(crate) fn up(&self, file: &Path, more: &[&str]) -> Program {
        self.on(file).with(["up", "-d"]).with(more.iter().copied())
    }

    pub(crate) fn down(&self, file: &Path) -> Program {
        self.on(file).with(["down"])
    }

    /// The label of whatever it makes.
    pub(crate) fn label(project: &str) -> String {
        format!("com.docker.compose.project={project}")
    }

    fn on(&self, file: &Path) -> Program {
        self.program().with(["-p", &self.project, "-f"]).with_path(file)
    }

    fn program(&self) -> Program {
        Program::new(&self.program)
            .with_variable("DOCKER_HOST", &self.host)
            .with_variable("DOCKER_CONFIG", &self.config)
    }
}

/// Where it is kept from run to run.
fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    base.unwrap_or_else(home).join("eve/bench")
}

async fn build(program: &Path) -> Result<(), Failure> {
    println!("building Docker Compose {VERSION} once; this takes some minutes");
    std::fs::create_dir_all(cache())?;
    // A build that is cut off must not be taken for the program.
    let unfinished = program.with_extension(std::process::id().to_string());
    let version = format!("-s -w -X github.com/docker/compose/v5/internal.Version={VERSION}");
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/docker/compose");
    let building = Program::new("go").with(["build", "-trimpath", "-ldflags", &version, "-o"]).with_path(&unfinished);
    building.with([PACKAGE]).with_variable("CGO_ENABLED", "0").output_in(&module).await?;
    Ok(std::fs::rename(unfinished, program)?)
}
