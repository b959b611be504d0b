//! Calls of the Engine API, one method each.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bollard::errors::Error as Cause;
use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, ContainerSummary, Network, NetworkCreateRequest, Volume,
    VolumeCreateRequest,
};
use bollard::query_parameters::{
    DownloadFromContainerOptionsBuilder, ListContainersOptionsBuilder, ListNetworksOptionsBuilder,
    ListVolumesOptionsBuilder, RemoveContainerOptionsBuilder, RemoveVolumeOptions, StopContainerOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use eve_core::{Error, Result, codes};
use futures_util::StreamExt as _;
use futures_util::future::{self, Either};
use tokio::sync::Semaphore;

use super::answer::{Begun, Gone, Made};
use super::failure::{failure, is_gone, is_no_container, is_no_image, says, status};
use super::private::Private;
use crate::config::DockerConfig;

/// How many containers are ended at once: more only makes each end slower.
const ENDS: usize = 8;
/// How long one that is asked to end keeps its turn. One that takes longer waits, and costs the engine nothing.
const TURN: Duration = Duration::from_secs(1);

/// The engine. Clones share the bounds on starts and ends.
#[derive(Clone)]
pub(crate) struct Daemon {
    host: String,
    patience: Duration,
    docker: Arc<OnceLock<Docker>>,
    starts: Arc<Semaphore>,
    ends: Arc<Semaphore>,
}

/// A condition on what is listed: a key of the Engine API, and its texts.
pub(crate) type Filter = (&'static str, String);

impl Daemon {
    /// An engine of which nothing is asked yet.
    ///
    /// # Errors
    /// `backend.unavailable` for a host of a kind that cannot be reached.
    pub(crate) fn new(config: &DockerConfig) -> Result<Self> {
        let known = ["unix://", "tcp://", "http://"].iter().any(|scheme| config.host.starts_with(scheme));
        if !known {
            let text = format!("{:?} names no engine that can be reached", config.host);
            return Err(Error::unsupported(codes::BACKEND_UNAVAILABLE, text)
                .with_hint("write unix:///path/to/docker.sock, or tcp://address:port"));
        }
        Ok(Self {
            host: config.host.clone(),
            patience: config.patience,
            docker: Arc::default(),
            starts: Arc::new(Semaphore::new(config.starts_at_once.max(1))),
            ends: Arc::new(Semaphore::new(ENDS)),
        })
    }

    /// The client. A socket that is not there yet is no failure for good.
    pub(super) fn docker(&self) -> Result<&Docker> {
        if let Some(docker) = self.docker.get() {
            return Ok(docker);
        }
        let seconds = self.patience.as_secs().max(1);
        let docker = if self.host.starts_with("unix://") {
            Docker::connect_with_unix(&self.host, seconds, API_DEFAULT_VERSION)
        } else {
            Docker::connect_with_http(&self.host, seconds, API_DEFAULT_VERSION)
        };
        let docker = docker.map_err(|cause| failure(format!("{self} cannot be reached"), cause))?;
        Ok(self.docker.get_or_init(|| docker))
    }

    /// The way past the client.
    fn private(&self) -> Private<'_> {
        Private { host: &self.host, patience: self.patience.max(Duration::from_secs(1)) }
    }

    /// Containers, those that ended among them.
    pub(crate) async fn containers(&self, filters: &[Filter]) -> Result<Vec<ContainerSummary>> {
        let options = ListContainersOptionsBuilder::new().all(true).filters(&grouped(filters)).build();
        let listed = self.docker()?.list_containers(Some(options)).await;
        listed.map_err(|cause| failure("containers cannot be listed", cause))
    }

    /// One container; none if it is not there.
    pub(crate) async fn container(&self, id: &str) -> Result<Option<ContainerInspectResponse>> {
        let found = self.private().inspect(id).await;
        there(found, || format!("container {id} cannot be looked at"))
    }

    /// Makes a container. Nothing is pulled, and nothing started.
    pub(crate) async fn create(&self, name: &str, body: ContainerCreateBody) -> Result<Made> {
        match self.private().create(name, &body).await {
            Ok(made) => Ok(Made::New(made.id)),
            Err(cause) if is_no_image(&cause) => Ok(Made::NoImage),
            Err(cause) if status(&cause) == Some(409) => Ok(Made::NameTaken),
            Err(cause) => Err(failure(format!("container {name} cannot be made"), cause)),
        }
    }

    /// Unpacks an archive inside a container, below a folder of it. Names in it are not looked at, and what
    /// it holds reaches no log.
    pub(crate) async fn put(&self, id: &str, folder: &str, archive: Vec<u8>) -> Result<Begun> {
        match self.private().put(id, folder, archive).await {
            Ok(()) => Ok(Begun::Runs),
            Err(cause) if is_no_container(&cause) => Ok(Begun::Gone),
            Err(cause) if says(&cause, "cannot overwrite") || says(&cause, "not a directory") => {
                let text = format!("files cannot be put into container {id}");
                Err(Error::invalid(codes::PLAN_REFUSED, text)
                    .with_hint("the image has a folder where a file is wanted, or a file where a folder is: give another target")
                    .with_source(cause))
            }
            Err(cause) => Err(failure(format!("files cannot be put into container {id}"), cause)),
        }
    }

    /// Starts a container; one that runs goes on. Waits for its turn: many starts at once only make
    /// each of them slower.
    pub(crate) async fn start(&self, id: &str, name: &str) -> Result<Begun> {
        // Never closed.
        let _turn = self.starts.acquire().await;
        match self.docker()?.start_container(id, None).await {
            Ok(()) => Ok(Begun::Runs),
            Err(cause) if is_no_container(&cause) => Ok(Begun::Gone),
            Err(cause) => Err(cannot_start(name, cause)),
        }
    }

    /// Asks a container to end, and kills it after that long. One that ended already is no failure.
    pub(crate) async fn stop(&self, id: &str, grace: Duration) -> Result<Gone> {
        let seconds = i32::try_from(grace.as_secs() + u64::from(grace.subsec_nanos() > 0)).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::new().t(seconds).build();
        let patient = self.docker()?.clone().with_timeout(self.patience.saturating_add(grace));
        // Never closed.
        let turn = self.ends.acquire().await;
        let stopping = std::pin::pin!(patient.stop_container(id, Some(options)));
        let stopped = match future::select(stopping, std::pin::pin!(tokio::time::sleep(TURN))).await {
            Either::Left((stopped, _)) => stopped,
            Either::Right(((), stopping)) => {
                drop(turn);
                stopping.await
            }
        };
        gone(stopped, || format!("container {id} cannot be ended"))
    }

    /// Removes a container with its unnamed volumes, also one that runs.
    pub(crate) async fn remove(&self, id: &str) -> Result<Gone> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        let _turn = self.ends.acquire().await;
        match self.docker()?.remove_container(id, Some(options)).await {
            // Somebody else removes it right now.
            Err(cause) if says(&cause, "already in progress") => Ok(Gone::Before),
            removed => gone(removed, || format!("container {id} cannot be removed")),
        }
    }

    /// Removes a container unless it runs: false if it does.
    pub(crate) async fn remove_idle(&self, id: &str) -> Result<bool> {
        let options = RemoveContainerOptionsBuilder::new().v(true).build();
        match self.docker()?.remove_container(id, Some(options)).await {
            Err(cause) if status(&cause) == Some(409) => Ok(false),
            removed => gone(removed, || format!("container {id} cannot be removed")).map(|_| true),
        }
    }

    /// A folder of a container as an archive; none if it is larger than `most` bytes.
    pub(crate) async fn folder(&self, id: &str, path: &str, most: usize) -> Result<Option<Vec<u8>>> {
        let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
        let mut pieces = Box::pin(self.docker()?.download_from_container(id, Some(options)));
        let mut archive = Vec::new();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|cause| failure(format!("{path} of container {id} cannot be read"), cause))?;
            if archive.len() + piece.len() > most {
                return Ok(None);
            }
            archive.extend_from_slice(&piece);
        }
        Ok(Some(archive))
    }

    pub(crate) async fn networks(&self, filters: &[Filter]) -> Result<Vec<Network>> {
        let options = ListNetworksOptionsBuilder::new().filters(&grouped(filters)).build();
        let listed = self.docker()?.list_networks(Some(options)).await;
        listed.map_err(|cause| failure("networks cannot be listed", cause))
    }

    pub(crate) async fn create_network(&self, request: NetworkCreateRequest) -> Result<Made> {
        let name = request.name.clone();
        match self.docker()?.create_network(request).await {
            Ok(made) => Ok(Made::New(made.id)),
            Err(cause) if status(&cause) == Some(409) => Ok(Made::NameTaken),
            Err(cause) => Err(failure(format!("network {name} cannot be made"), cause)),
        }
    }

    pub(crate) async fn remove_network(&self, id: &str) -> Result<Gone> {
        let removed = self.docker()?.remove_network(id).await;
        gone(removed, || format!("network {id} cannot be removed"))
    }

    pub(crate) async fn volumes(&self, filters: &[Filter]) -> Result<Vec<Volume>> {
        let options = ListVolumesOptionsBuilder::new().filters(&grouped(filters)).build();
        let listed = self.docker()?.list_volumes(Some(options)).await;
        let listed = listed.map_err(|cause| failure("volumes cannot be listed", cause))?;
        Ok(listed.volumes.unwrap_or_default())
    }

    /// One volume; none if it is not there.
    pub(crate) async fn volume(&self, name: &str) -> Result<Option<Volume>> {
        let found = self.docker()?.inspect_volume(name).await;
        there(found, || format!("volume {name} cannot be looked at"))
    }

    /// Makes a volume. One of that name that is there already stays as it is, and is answered.
    pub(crate) async fn create_volume(&self, request: VolumeCreateRequest) -> Result<Volume> {
        let name = request.name.clone().unwrap_or_default();
        let made = self.docker()?.create_volume(request).await;
        made.map_err(|cause| failure(format!("volume {name} cannot be made"), cause))
    }

    pub(crate) async fn remove_volume(&self, name: &str) -> Result<Gone> {
        let removed = self.docker()?.remove_volume(name, None::<RemoveVolumeOptions>).await;
        gone(removed, || format!("volume {name} cannot be removed"))
    }
}

/// The engine's word on a program that it could not start.
fn cannot_start(name: &str, cause: Cause) -> Error {
    let about_program = tells_of_a_program(&cause);
    let error = failure(format!("container {name} cannot be started"), cause);
    if about_program && *error.code() == codes::BACKEND_IO {
        let text = error.to_string();
        return Error::failed(codes::WORKLOAD_CANNOT_START, text)
            .with_hint("check the command: it is looked for inside the image")
            .with_source(error);
    }
    error
}

/// True if a refusal is about the container's program: for a missing one the engine answers 404, or
/// 400 for one that may not be run.
fn tells_of_a_program(cause: &Cause) -> bool {
    const ABOUT: [&str; 4] = ["exec:", "OCI runtime", "executable", "permission denied"];
    matches!(cause, Cause::DockerResponseServerError { message, .. } if ABOUT.iter().any(|part| message.contains(part)))
}

fn there<T>(found: Result<T, Cause>, what: impl FnOnce() -> String) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(cause) if is_gone(&cause) => Ok(None),
        Err(cause) => Err(failure(what(), cause)),
    }
}

fn gone(removed: Result<(), Cause>, what: impl FnOnce() -> String) -> Result<Gone> {
    match removed {
        Ok(()) => Ok(Gone::Removed),
        Err(cause) if is_gone(&cause) => Ok(Gone::Before),
        Err(cause) => Err(failure(what(), cause)),
    }
}

/// Filters as the Engine API takes them.
pub(super) fn grouped(filters: &[Filter]) -> HashMap<String, Vec<String>> {
    let mut grouped: HashMap<String, Vec<String>> = HashMap::new();
    for (key, text) in filters {
        grouped.entry((*key).to_owned()).or_default().push(text.clone());
    }
    grouped
}

impl fmt::Debug for Daemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Daemon").field("host", &self.host).finish_non_exhaustive()
    }
}

impl fmt::Display for Daemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the Docker Engine at {}", self.host)
    }
}
