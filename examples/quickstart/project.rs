//! The example's project, in a folder of its own so that releases can be made of it.

use std::fs;
use std::path::{Path, PathBuf};

use eve::manifest::{Limits, Manifest, Target, Text};
use eve::{DeployRequest, Digest, EnvName, Error, OrgName, Project, Result, SourceDir, codes};

use crate::ground::Ground;

/// Where the copy has its manifest.
const MANIFEST: &str = ".eve/manifest.yaml";
const FILES: [&str; 2] = ["api/release.txt", "web/release.txt"];

/// A copy of `examples/quickstart/` whose files change from release to release.
pub(crate) struct Copy {
    root: PathBuf,
}

/// The environment of all scenes.
pub(crate) const ENVIRONMENT: &str = "sandbox";

impl Copy {
    /// The copy that was made below `dir` before.
    pub(crate) fn made_below(dir: &Path) -> Self {
        Self { root: dir.join("quickstart") }
    }

    /// Copies the project below `dir`, with its manifest for what it runs on.
    pub(crate) fn below(dir: &Path, ground: Ground) -> Result<Self> {
        let manifest = match ground {
            Ground::Process | Ground::Docker => MANIFEST,
            Ground::K8s => "kubernetes.yaml",
        };
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart");
        let copy = Self::made_below(dir);
        let files = FILES.map(|file| (file, file)).into_iter().chain([(manifest, MANIFEST)]);
        for (from, to) in files {
            let to = copy.root.join(to);
            let made = to.parent().map_or(Ok(()), fs::create_dir_all);
            made.and_then(|()| fs::copy(original.join(from), &to).map(drop)).map_err(|e| io(from, e))?;
        }
        Ok(copy)
    }

    /// Writes the next release into both services' folders, as an author would.
    pub(crate) fn write_release(&self, api: &str, web: &str) -> Result<()> {
        for (service, text) in [("api", api), ("web", web)] {
            let file = self.root.join(service).join("release.txt");
            fs::write(&file, format!("{text}\n")).map_err(|e| io(service, e))?;
        }
        Ok(())
    }

    /// Writes how both services' images are made of a base image.
    pub(crate) fn write_images(&self, base: &Digest) -> Result<()> {
        for service in ["api", "web"] {
            let file = self.root.join(service).join("Dockerfile");
            let text = format!("FROM {base}\nWORKDIR /app\nCOPY release.txt .\n");
            fs::write(&file, text).map_err(|e| io(service, e))?;
        }
        Ok(())
    }

    /// A request to deploy what the folder says now.
    pub(crate) fn request(&self, env: &EnvName) -> Result<DeployRequest> {
        let source = SourceDir::new(&self.root);
        Ok(DeployRequest::new(self.resolved()?, env.clone()).with_source(source).with_requested_by("quickstart"))
    }

    fn resolved(&self) -> Result<Project> {
        let file = self.root.join(MANIFEST);
        let text = fs::read_to_string(&file).map_err(|e| io(MANIFEST, e))?;
        let manifest = Manifest::parse(Text { file: MANIFEST, text: &text }, &Limits::default())?;
        Ok(manifest.lower(&Target::new(OrgName::new("acme")?))?.project)
    }
}

fn io(what: &str, cause: std::io::Error) -> Error {
    Error::unavailable(codes::BACKEND_IO, format!("{what} of the example cannot be copied or written"))
        .with_source(cause)
}
