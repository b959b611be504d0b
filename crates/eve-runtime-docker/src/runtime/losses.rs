//! What an engine cannot honour, or only in its own way. Pure.

use eve_core::desired::{Job, Service};
use eve_core::{Loss, LossGrade, ServiceName, Template, VarName};

/// The losses of one service or job, in the order in which they are told.
#[derive(Debug)]
pub(super) struct Losses<'a> {
    name: &'a ServiceName,
    told: Vec<Loss>,
}

impl<'a> Losses<'a> {
    /// What is lost of a service.
    pub(super) fn of_service(name: &'a ServiceName, service: &Service) -> Vec<Loss> {
        let mut losses = Self { name, told: Vec::new() };
        losses.variables(&service.process.environment);
        for (i, _) in service.files.iter().enumerate() {
            let why = "files of the project are not yet brought into containers";
            losses.tell(&format!("files.{i}"), LossGrade::Refused, why);
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
        losses.told
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
