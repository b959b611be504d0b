//! A peer that is built from its released Go module.

use std::path::{Path, PathBuf};

use super::Failure;
use super::program::Program;

/// A peer that is built from its released Go module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GoProgram {
    /// What it is called.
    pub(crate) name: &'static str,
    /// The version that the module pins.
    pub(crate) version: &'static str,
    /// The package of the program.
    pub(crate) package: &'static str,
    /// The variable of it that holds its version.
    pub(crate) version_variable: &'static str,
    /// The folder of the module, from the root of the project.
    pub(crate) module: &'static str,
}

impl GoProgram {
    /// Builds it, unless that was done before; none where there is no Go, or where it is not to be built.
    pub(crate) async fn find(&self, builds: bool) -> Result<Option<PathBuf>, Failure> {
        let name = self.name;
        let program = cache().join(format!("{}-{}", name.to_lowercase().replace(' ', "-"), self.version));
        if program.is_file() {
            return Ok(Some(program));
        }
        if !builds {
            println!("{name} is not built yet, and a smoke does not wait for that: its side is left out");
            return Ok(None);
        }
        if Program::new("go").with(["version"]).output().await.is_err() {
            println!("there is no Go to build {name} with: its side is left out");
            return Ok(None);
        }
        self.build(&program).await?;
        Ok(Some(program))
    }

    async fn build(&self, program: &Path) -> Result<(), Failure> {
        println!("building {} {} once; this takes some minutes", self.name, self.version);
        std::fs::create_dir_all(cache())?;
        // A build that is cut off must not be taken for the program.
        let unfinished = program.with_extension(std::process::id().to_string());
        let flags = format!("-s -w -X {}={}", self.version_variable, self.version);
        let building = Program::new("go")
            .that_builds()
            .with(["build", "-trimpath", "-ldflags", &flags, "-o"])
            .with_path(&unfinished);
        let module = Path::new(env!("CARGO_MANIFEST_DIR")).join(self.module);
        building.with([self.package]).with_variable("CGO_ENABLED", "0").output_in(&module).await?;
        Ok(std::fs::rename(unfinished, program)?)
    }
}

/// Where peers are kept from run to run.
fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    base.unwrap_or_else(home).join("eve/bench")
}
