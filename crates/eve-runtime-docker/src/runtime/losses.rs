//! What an engine cannot honour, or only in its own way. Pure.

use eve_core::desired::{FileMount, HostAccess, HostNamespace, Job, Mount, Service};
use eve_core::{AbsolutePath, Loss, LossGrade, ServiceName, Template, VarName};

use crate::config::DockerConfig;
use crate::files::{obstacle, obstacles};
use crate::secret_volume::FOLDER;

/// The losses of one service or job, in the order in which they are told.
#[derive(Debug)]
pub(super) struct Losses<'a> {
    name: &'a ServiceName,
    told: Vec<Loss>,
}

impl<'a> Losses<'a> {
    /// What is lost of a service.
    pub(super) fn of_service(name: &'a ServiceName, service: &Service, config: &DockerConfig) -> Vec<Loss> {
        let mut losses = Self { name, told: Vec::new() };
        losses.variables(&service.process.environment);
        losses.files(&service.files, &service.mounts);
        if !config.is_here() {
            losses.secrets(service);
        }
        if service.replicas > 1 && service.ports.iter().any(|port| port.published.is_some()) {
            losses.tell("replicas", LossGrade::Refused, "a fixed port of the host can be held only once");
        }
        losses.host(&service.host);
        losses.files_of_the_host(service);
        losses.told
    }

    /// What is lost of a job.
    pub(super) fn of_job(name: &'a ServiceName, job: &Job) -> Vec<Loss> {
        let mut losses = Self { name, told: Vec::new() };
        losses.variables(&job.process.environment);
        losses.files(&job.files, &[]);
        losses.told
    }

    fn files(&mut self, files: &[FileMount], mounts: &[Mount]) {
        for (i, why) in obstacles(files, mounts) {
            self.tell(&format!("files.{i}"), LossGrade::Refused, &why);
        }
    }

    /// Elsewhere they are put into a volume, and links lead to it.
    fn secrets(&mut self, service: &Service) {
        for (i, file) in service.secrets.iter().enumerate() {
            let why = match obstacle(&file.target, &service.mounts) {
                None if file.target.trim_end_matches('/') == FOLDER => {
                    Some(format!("`{FOLDER}` is the folder of all secrets"))
                }
                why => why,
            };
            if let Some(why) = why {
                self.tell(&format!("secrets.{i}"), LossGrade::Refused, &why);
            }
        }
    }

    /// What is put into a container before it starts would be written to the host there.
    fn files_of_the_host(&mut self, service: &Service) {
        for (i, file) in service.files.iter().enumerate() {
            let Ok(target) = AbsolutePath::new(file.target.as_str()) else { continue };
            if service.host.binds.iter().any(|bind| target.is_within(&bind.target)) {
                let why = format!("`{target}` lies in a folder of the host, and it would stay there");
                self.tell(&format!("files.{i}"), LossGrade::Refused, &why);
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
