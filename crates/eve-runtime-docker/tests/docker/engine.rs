//! The engine under test, and what the tests make on it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use bollard::exec::StartExecOptions;
use bollard::models::{ContainerCreateBody, ExecConfig, ImageSummary, Volume};
use bollard::query_parameters::{
    BuildImageOptionsBuilder, ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListNetworksOptionsBuilder,
    ListVolumesOptionsBuilder, RemoveContainerOptionsBuilder, RemoveImageOptions,
};
use bollard::{Docker, body_full};
use eve_core::{Error, Result, codes};
use eve_runtime_docker::{DockerConfig, DockerHost, Owner};
use futures_util::StreamExt as _;
use tokio::sync::OnceCell;

/// The image that every test's containers are made from: busybox, and nothing else.
pub(crate) const IMAGE: &str = "eve-test/busybox:1";

/// Set once the image is there.
static BUILT: OnceCell<()> = OnceCell::const_new();

/// The engine, for an owner whom nobody else has.
pub(crate) struct Engine {
    pub(crate) host: DockerHost,
    pub(crate) docker: Docker,
    owner: String,
    address: String,
}

impl Engine {
    /// Fails if there is no engine: whoever asked for these tests asked for one.
    pub(crate) async fn open(change: impl FnOnce(DockerConfig) -> DockerConfig) -> Result<Self> {
        let config = DockerConfig::from_env();
        let address = config.host.clone();
        let docker = Docker::connect_with_host(&config.host).map_err(broken)?;
        BUILT.get_or_try_init(|| build_own(&docker)).await?;
        let owner = format!("eve-test-{:016x}", random());
        let host = DockerHost::new(change(config.with_owner(Owner::new(&owner)?)))?;
        Ok(Self { host, docker, owner, address })
    }

    /// The engine's own socket.
    pub(crate) fn socket(&self) -> eve_core::AbsolutePath {
        let path = self.address.strip_prefix("unix://").expect("the engine under test is on this machine");
        eve_core::AbsolutePath::new(path).expect("a valid path")
    }

    /// The name of an image that is the tests' own with one instruction more.
    pub(crate) async fn image_with(&self, instruction: &str) -> String {
        self.image_from(IMAGE, instruction).await
    }

    /// The name of an image that is another one with one instruction more.
    pub(crate) async fn image_from(&self, base: &str, instruction: &str) -> String {
        let name = format!("eve-test/with:{:016x}", random());
        let text = format!("FROM {base}\n{instruction}\n");
        build(&self.docker, &name, &text, None).await.expect("the image can be built");
        name
    }

    /// Builds an image as Eve does for this owner, and goes before it has a name.
    pub(crate) async fn build_unnamed(&self) {
        let text = format!("FROM {IMAGE}\nENV OWN={:x}\nLABEL eve.owner={}\n", random(), self.owner);
        build(&self.docker, "", &text, None).await.expect("the image can be built");
    }

    /// Runs a command inside a container.
    pub(crate) async fn run_in(&self, container: &str, argv: &[&str]) {
        let argv = argv.iter().map(|arg| (*arg).to_owned()).collect();
        let config = ExecConfig { cmd: Some(argv), ..ExecConfig::default() };
        let made = self.docker.create_exec(container, config).await.expect("a command can be run");
        let how = StartExecOptions { detach: true, ..StartExecOptions::default() };
        self.docker.start_exec(&made.id, Some(how)).await.expect("the command runs");
    }

    /// Makes a container of this owner's that is never started; its id.
    pub(crate) async fn container_of(&self, image: &str) -> String {
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            cmd: Some(vec!["true".to_owned()]),
            labels: Some(HashMap::from([("eve.owner".to_owned(), self.owner.clone())])),
            ..ContainerCreateBody::default()
        };
        self.docker.create_container(None, body).await.expect("a container can be made").id
    }

    /// The images that bear this owner's label and that nothing was made from.
    pub(crate) async fn images(&self) -> Vec<ImageSummary> {
        let ours = HashMap::from([("label", vec![format!("eve.owner={}", self.owner)])]);
        let images = ListImagesOptionsBuilder::new().filters(&ours).build();
        self.docker.list_images(Some(images)).await.expect("the engine lists images")
    }

    /// True if there is a network of a name.
    pub(crate) async fn has_network(&self, name: &str) -> bool {
        self.docker.inspect_network(name, None).await.is_ok()
    }

    /// The volumes that bear this owner's name.
    pub(crate) async fn volumes(&self) -> Vec<Volume> {
        let ours = HashMap::from([("label", vec![format!("eve.owner={}", self.owner)])]);
        let volumes = ListVolumesOptionsBuilder::new().filters(&ours).build();
        let listed = self.docker.list_volumes(Some(volumes)).await.expect("the engine lists volumes");
        listed.volumes.unwrap_or_default()
    }

    /// Removes everything that bears this owner's name.
    pub(crate) async fn close(&self) {
        let ours = HashMap::from([("label", vec![format!("eve.owner={}", self.owner)])]);
        let containers = ListContainersOptionsBuilder::new().all(true).filters(&ours).build();
        for one in self.docker.list_containers(Some(containers)).await.expect("the engine lists containers") {
            let how = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
            // Somebody else may have been faster.
            let _ = self.docker.remove_container(&one.id.unwrap_or_default(), Some(how)).await;
        }
        for one in self.images().await {
            for name in one.repo_tags.iter().filter(|name| !name.starts_with("<none>")).chain([&one.id]) {
                // The last name takes the image with it.
                let _ = self.docker.remove_image(name, None::<RemoveImageOptions>, None).await;
            }
        }
        let networks = ListNetworksOptionsBuilder::new().filters(&ours).build();
        for one in self.docker.list_networks(Some(networks)).await.expect("the engine lists networks") {
            let _ = self.docker.remove_network(&one.id.unwrap_or_default()).await;
        }
        for one in self.volumes().await {
            let _ = self.docker.remove_volume(&one.name, None::<bollard::query_parameters::RemoveVolumeOptions>).await;
        }
    }
}

/// Builds the tests' image from the system's own busybox: none is fetched from anywhere.
async fn build_own(docker: &Docker) -> Result<()> {
    const TEXT: &str =
        "FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]\n";
    let busybox = busybox().ok_or_else(|| {
        Error::not_found(codes::BACKEND_IO, "there is no static busybox").with_hint("install busybox-static")
    })?;
    build(docker, IMAGE, TEXT, Some(&busybox)).await
}

async fn build(docker: &Docker, name: &str, text: &str, busybox: Option<&Path>) -> Result<()> {
    let mut context = tar::Builder::new(Vec::new());
    if let Some(busybox) = busybox {
        context.append_path_with_name(busybox, "busybox").map_err(broken)?;
    }
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    context.append_data(&mut header, "Dockerfile", text.as_bytes()).map_err(broken)?;
    let context = context.into_inner().map_err(broken)?;
    let options = BuildImageOptionsBuilder::new().t(name).rm(true).build();
    let mut building = docker.build_image(options, None, Some(body_full(context.into())));
    while let Some(told) = building.next().await {
        told.map_err(broken)?;
    }
    Ok(())
}

fn busybox() -> Option<PathBuf> {
    ["/bin/busybox", "/usr/bin/busybox"].iter().map(PathBuf::from).find(|path| path.is_file())
}

fn broken(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::unavailable(codes::BACKEND_UNAVAILABLE, "the engine under test does not do what the tests need")
        .with_source(cause)
}

/// Some number that no other test has.
pub(crate) fn random() -> u64 {
    use eve_core::Env as _;
    eve_core::SystemEnv::new().random()
}
