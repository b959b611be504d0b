//! What many trials share.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use eve::desired::BuildSpec;
use eve::{
    BuildCx, BuildRequest, Deadline, Digest, Embedded, EmbeddedConfig, Error, Result, ServiceName, SourceDir, codes,
};
use tokio::process::Command;

use super::counter::Counter;
use super::docker_engine::Thing;
use super::{DockerEngine, Ground, KubernetesCluster};
use crate::shop::{COUNTER, Edition};
use crate::{handed_over, own_image};

/// The program's name in its image.
pub(super) const IN_IMAGE: &str = "trial";
/// The label of all images that are made for one table.
const LABEL: &str = "eve.trial";

/// What many trials share: the program that plays every part, what services run on, and what they are
/// made from.
#[derive(Debug, Clone)]
pub struct Setting {
    program: PathBuf,
    ground: Ground,
    made: Option<Arc<Made>>,
}

/// What was made for many trials.
#[derive(Debug)]
struct Made {
    /// What services on a Docker Engine are made from.
    images: Option<Images>,
    counter: Counter,
}

/// What services on an engine are made from. What was made of it ends with this.
#[derive(Debug)]
struct Images {
    base: Digest,
    label: String,
}

impl Setting {
    /// On processes of this machine.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self::of(Ground::Process, program)
    }

    /// For whoever takes part in a trial that was made before.
    pub fn of(ground: Ground, program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), ground, made: None }
    }

    /// For whoever makes trials below `root`.
    ///
    /// # Errors
    /// If there is no engine, or it makes no image.
    pub async fn make(
        ground: Ground,
        program: &Path,
        root: &Path,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let gateway = match ground {
            Ground::Process => return Ok(Self::new(program)),
            Ground::Docker => DockerEngine::from_env().gateway()?,
            Ground::K8s => KubernetesCluster::gateway()?,
        };
        let counter = Counter::listen(gateway, root)?;
        let label = format!("{LABEL}={}", Digest::of(root.to_string_lossy().as_ref()).hex());
        let mut command = Command::new(program);
        command.args(["images", "--runtime", ground.name()]).arg("--dir").arg(root.join("images"));
        command.args(["--label", &label]);
        command.stdin(Stdio::null()).stderr(Stdio::inherit());
        let made = command.kill_on_drop(true).output().await?;
        if !made.status.success() {
            return Err(format!("no image of {} was made: {}", program.display(), made.status).into());
        }
        let images = match ground {
            Ground::Docker => Some(Images { base: String::from_utf8_lossy(&made.stdout).trim_end().parse()?, label }),
            Ground::Process | Ground::K8s => None,
        };
        Ok(Self { program: program.to_owned(), ground, made: Some(Arc::new(Made { images, counter })) })
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
        let images = self.made.as_ref().and_then(|made| made.images.as_ref());
        let image = images.map(|images| (&images.base, images.label.as_str()));
        for edition in Edition::ALL {
            write_source(&dir.join("src").join(edition.label()), edition, image)?;
        }
        match &self.made {
            Some(made) => fs::write(dir.join(COUNTER), made.counter.address().to_string()),
            None => Ok(()),
        }
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        let engine = DockerEngine::from_env();
        let made = engine.images(&self.label).unwrap_or_default();
        for image in made.into_iter().chain([Thing::image(&self.base)]) {
            // One that is used by what a trial left is left, too.
            let _ = engine.remove(&image);
        }
    }
}

/// Writes what an edition is made from: with an image and a label, its own image, too.
fn write_source(folder: &Path, edition: Edition, image: Option<(&Digest, &str)>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("edition"), edition.label())?;
    match image {
        Some((base, label)) => {
            let text = format!("FROM {base}\nLABEL {label}\nWORKDIR /shop\nCOPY edition .\n");
            fs::write(folder.join("Dockerfile"), text)
        }
        None => Ok(()),
    }
}

/// Makes the image that services are made from, of this very program, and tells its name. On an engine, each edition's
/// is made once, too: of two builds at once that the engine has not seen before, each would make an image of its own, and
/// the release that runs already would be another one.
///
/// # Errors
/// Whatever the engine answers, or if the images' sources cannot be written.
pub async fn images(ground: Ground, dir: &Path, label: &str) -> Result<String> {
    if ground == Ground::K8s {
        return handed_over::hand_over(dir, IN_IMAGE);
    }
    let eve = Embedded::open(Ground::Docker.config(EmbeddedConfig::new(dir.join("state")).in_process())).await?;
    let made = make_images(&eve, dir, label).await;
    eve.shutdown().await;
    made.map(|base| base.to_string())
}

async fn make_images(eve: &Embedded, dir: &Path, label: &str) -> Result<Digest> {
    /// How long one may take.
    const PATIENCE: Duration = Duration::from_mins(1);
    let base = own_image::build(eve, dir, IN_IMAGE).await?;
    for edition in Edition::ALL {
        let folder = dir.join(edition.label());
        write_source(&folder, edition, Some((&base, label))).map_err(|cause| {
            Error::failed(codes::BACKEND_IO, "an edition's source cannot be written").with_source(cause)
        })?;
        let env = &eve.parts().env;
        let request = BuildRequest::new(ServiceName::new("web")?, BuildSpec::new("."), SourceDir::new(folder));
        let cx = BuildCx::new(Arc::clone(env), Deadline::after(&**env, PATIENCE));
        eve.parts().builder.build(&request, &cx).await?;
    }
    Ok(base)
}
