//! What an engine cannot honour, or only in its own way. Pure.

use eve_core::desired::{FileMount, Job, Mount, Service};
use eve_core::{Loss, LossGrade, ServiceName, Template, VarName};

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
