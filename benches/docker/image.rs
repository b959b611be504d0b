//! The image of all inputs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eve::desired::BuildSpec;
use eve::docker::{DockerConfig, DockerHost};
use eve::{Artifact, BuildCx, BuildRequest, Builder as _, Deadline, Env, ServiceName, SourceDir, SystemEnv};

use crate::Failure;
use crate::engine::Engine;

/// The image that all inputs name. It stays for the next run.
pub(crate) const IMAGE: &str = "local/bb:1";

const BUSYBOX: &str = "/bin/busybox";
const DOCKERFILE: &str = "FROM scratch\nCOPY busybox /bin/busybox\n\
     RUN [\"/bin/busybox\",\"--install\",\"-s\",\"/bin\"]\n";

/// Builds the image from the system's static busybox, unless the engine has it already.
pub(crate) async fn ensure(engine: &Engine, dir: &Path) -> Result<(), Failure> {
    if engine.call("GET", &format!("/images/{IMAGE}/json"), None).await.is_ok() {
        return Ok(());
    }
    let root = dir.join("image");
    std::fs::create_dir_all(&root)?;
    std::fs::write(root.join("Dockerfile"), DOCKERFILE)?;
    std::fs::copy(BUSYBOX, root.join("busybox"))
        .map_err(|cause| format!("the image needs a static {BUSYBOX} (busybox-static): {cause}"))?;
    let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
    let request = BuildRequest::new(ServiceName::new("busybox")?, BuildSpec::new("."), SourceDir::new(&root));
    let cx = BuildCx::new(Arc::clone(&env), Deadline::after(&*env, Duration::from_mins(2)));
    let builder = DockerHost::new(DockerConfig::new().with_host(engine.host()))?.builder();
    let Artifact::LocalImage { id, .. } = builder.build(&request, &cx).await? else {
        return Err("the builder made no image".into());
    };
    let (repo, tag) = IMAGE.split_once(':').unwrap_or((IMAGE, "latest"));
    engine.call("POST", &format!("/images/{id}/tag?repo={repo}&tag={tag}"), None).await.map(drop)
}
