//! What an engine cannot honour, or only in its own way. Pure.

use eve_core::desired::{HostAccess, HostNamespace, Job, Resources, Service};
use eve_core::{AbsolutePath, ByteSize, Loss, LossGrade, PlacedFiles, ServiceName, Template, VarName};

use crate::config::DockerConfig;
use crate::places::Places;
use crate::runner::ARTIFACTS;
use crate::secret_volume;

/// The least bound of memory that an engine takes.
const LEAST_MEMORY: ByteSize = ByteSize::bytes(6 << 20);

/// The losses of one service or job, in the order in which they are told.
#[derive(Debug)]
pub(super) struct Losses<'a> {
    name: &'a ServiceName,
    told: Vec<Loss>,
}

impl<'a> Losses<'a> {
    /// What is lost of a service that has these files.
    pub(super) fn of_service(
        name: &'a ServiceName,
        service: &Service,
        files: &[PlacedFiles],
        config: &DockerConfig,
    ) -> Vec<Loss> {
        let mut losses = Self { name, told: Vec::new() };
        losses.variables(&service.process.environment);
        let mut places = Places::of_service(service);
        for secret in &service.secrets {
            places.add(&secret.target, "where a secret is");
        }
        losses.files(files, &places);
        if !config.is_here() {
            losses.secrets(service);
        }
        if service.replicas > 1 && service.ports.iter().any(|port| port.published.is_some()) {
            losses.tell("replicas", LossGrade::Refused, "a fixed port of the host can be held only once");
        }
        if service.replicas > 1 && service.mounts.iter().any(|mount| mount.single_writer) {
            losses.tell("replicas", LossGrade::Refused, "a volume may have only one writer");
        }
        losses.memory(&service.resources);
        losses.host(&service.host);
        losses.told
    }

    /// What is lost of a job that has these files.
    pub(super) fn of_job(name: &'a ServiceName, job: &Job, files: &[PlacedFiles]) -> Vec<Loss> {
        let mut losses = Self { name, told: Vec::new() };
        losses.variables(&job.process.environment);
        losses.files(files, &Places::of_attempt(ARTIFACTS));
        losses.memory(&job.resources);
        losses.told
    }

    /// The engine refuses a container with a lower bound.
    fn memory(&mut self, resources: &Resources) {
        if resources.limits.memory.is_some_and(|limit| limit < LEAST_MEMORY) {
            self.tell("resources.limits.memory", LossGrade::Refused, "the engine gives a container 6 MiB or more");
        }
    }

    /// They are put into the container before it starts.
    fn files(&mut self, files: &[PlacedFiles], places: &Places) {
        for (i, files) in files.iter().enumerate() {
            if let Some(why) = places.obstacle_of(files) {
                self.tell(&format!("files.{i}"), LossGrade::Refused, &why);
            }
        }
    }

    /// Elsewhere they are put into a volume, and links lead to it.
    fn secrets(&mut self, service: &Service) {
        let mut places = Places::of_service(service);
        places.add(&secret_volume::elsewhere(), "where secrets are kept that are wanted elsewhere");
        for (i, file) in service.secrets.iter().enumerate() {
            let is_folder =
                AbsolutePath::new(file.target.as_str()).is_ok_and(|path| path.as_str() == secret_volume::FOLDER);
            let whole = is_folder.then(|| format!("`{}` is the folder of all secrets", secret_volume::FOLDER));
            if let Some(why) = places.obstacle(&file.target).or(whole) {
                self.tell(&format!("secrets.{i}"), LossGrade::Refused, &why);
            }
        }
    }

    fn host(&mut self, host: &HostAccess) {
        if host.namespaces.contains(&HostNamespace::Network) {
            let why = "in the host's network a container has no address of its own: nobody would find it under its \
                       name, and no route could tell two releases of it apart";
            self.tell("host.namespaces.network", LossGrade::Refused, why);
        }
        if host.privileged && !host.drop_capabilities.is_empty() {
            let why = "the engine gives whoever is privileged every capability";
            self.tell("host.drop_capabilities", LossGrade::Refused, why);
        }
        for (i, bind) in host.binds.iter().enumerate() {
            if bind.read_only {
                let how = "what is mounted below it on the host is not shown: it could be written";
                self.tell(&format!("host.binds.{i}"), LossGrade::Approximated, how);
            }
        }
    }

    fn variables(&mut self, variables: &std::collections::BTreeMap<VarName, Template>) {
        for (name, template) in variables {
            if template.secrets().next().is_some() {
                let how = "whoever may look at containers of this engine can read it";
                self.tell(&format!("environment.{name}"), LossGrade::Approximated, how);
            }
        }
    }

    fn tell(&mut self, path: &str, grade: LossGrade, reason: &str) {
        self.told.push(Loss::new(format!("services.{}.{path}", self.name), grade, reason));
    }
}
