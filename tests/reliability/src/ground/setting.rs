//! What many trials share.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use eve::{Digest, Embedded, EmbeddedConfig, Result};
use tokio::process::Command;

use super::counter::Counter;
use super::{DockerEngine, Ground, own_image};
use crate::shop::{COUNTER, Edition};

/// The program's name in its image.
pub(super) const IN_IMAGE: &str = "eve-trial";
/// The label of all images that are made for one table.
const LABEL: &str = "eve.trial";

/// What many trials share: the program that plays every part, what services run on, and what they are
/// made from.
#[derive(Debug, Clone)]
pub struct Setting {
    program: PathBuf,
    ground: Ground,
    images: Option<Arc<Images>>,
}

/// What services on an engine are made from. What was made of it ends with this.
#[derive(Debug)]
struct Images {
    base: Digest,
    label: String,
    counter: Counter,
}

impl Setting {
    /// On processes of this machine.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self::of(Ground::Process, program)
    }

    /// For whoever takes part in a trial that was made before.
    pub fn of(ground: Ground, program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), ground, images: None }
    }

    /// For whoever makes trials below `root`.
    ///
    /// # Errors
    /// If there is no engine, or it makes no image.
    pub async fn make(ground: Ground, program: &Path, root: &Path) -> Result<Self, Box<dyn Error + Send + Sync>> {
        if ground == Ground::Process {
            return Ok(Self::new(program));
        }
        let engine = DockerEngine::from_env();
        let counter = Counter::listen(engine.gateway()?, root)?;
        let mut command = Command::new(program);
        command.arg("image").arg("--dir").arg(root.join("image")).stdin(Stdio::null()).stderr(Stdio::inherit());
        let made = command.kill_on_drop(true).output().await?;
        let base = String::from_utf8_lossy(&made.stdout).trim_end().parse();
        let base = base.map_err(|_| format!("no image of {} was made: {}", program.display(), made.status))?;
        let label = format!("{LABEL}={}", Digest::of(root.to_string_lossy().as_ref()).hex());
        let images = Some(Arc::new(Images { base, label, counter }));
        Ok(Self { program: program.to_owned(), ground, images })
    }

    /// The program that plays every part.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// What services run on.
    pub fn ground(&self) -> Ground {
        self.ground
    }

    /// Writes what a trial's services are made from.
    pub(crate) fn write(&self, dir: &Path) -> io::Result<()> {
        for edition in Edition::ALL {
            let folder = dir.join("src").join(edition.label());
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("edition"), edition.label())?;
            if let Some(images) = &self.images {
                let Images { base, label, .. } = &**images;
                let text = format!("FROM {base}\nLABEL {label}\nWORKDIR /shop\nCOPY edition .\n");
                fs::write(folder.join("Dockerfile"), text)?;
            }
        }
        match &self.images {
            Some(images) => fs::write(dir.join(COUNTER), images.counter.address().to_string()),
            None => Ok(()),
        }
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        let engine = DockerEngine::from_env();
        for image in engine.images(&self.label).unwrap_or_default() {
            // One that is used by what a trial left is left, too.
            let _ = engine.remove(&image);
        }
    }
}

/// Makes the image that services on an engine are made from: of this very program.
///
/// # Errors
/// Whatever the engine answers.
pub async fn image(dir: &Path) -> Result<Digest> {
    let eve = Embedded::open(Ground::Docker.config(EmbeddedConfig::new(dir.join("state")).in_process())).await?;
    let made = own_image::build(&eve, dir, IN_IMAGE).await;
    eve.shutdown().await;
    made
}
