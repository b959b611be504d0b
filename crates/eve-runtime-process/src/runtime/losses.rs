//! What a process cannot honour. Pure.

use std::collections::BTreeSet;

use eve_core::desired::{HostAccess, Job, Protocol, Resources, Service, Source};
use eve_core::{Loss, LossGrade, ServiceName, VarName, codes};

use crate::processes::MARKER;
use crate::runner::ARTIFACTS;

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
        losses.source(&service.source);
        losses.resources(&service.resources);
        losses.ports(service);
        let given = |variable: &&VarName| gives(service, variable.as_str());
        losses.variables(service.process.environment.keys().filter(given));
        losses.files(service.files.len());
        losses.host(&service.host);
        losses.told
    }

    /// What is lost of a job.
    pub(super) fn of_job(name: &'a ServiceName, job: &Job) -> Vec<Loss> {
        let mut losses = Self { name, told: Vec::new() };
        losses.source(&job.source);
        losses.resources(&job.resources);
        losses.files(job.files.len());
        let given = |variable: &&VarName| [MARKER, ARTIFACTS].contains(&variable.as_str());
        losses.variables(job.process.environment.keys().filter(given));
        losses.told
    }

    fn files(&mut self, count: usize) {
        for i in 0..count {
            let why = "a process has no file system of its own to put a file in";
            self.tell(&format!("files.{i}"), LossGrade::Refused, why);
        }
    }

    /// What a process has of the host, asked or not, and keeps. Folders, devices and privileges are not claimed.
    fn host(&mut self, host: &HostAccess) {
        for namespace in &host.namespaces {
            let how = "every process is in the namespaces that the engine is in";
            self.tell(&format!("host.namespaces.{namespace}"), LossGrade::Approximated, how);
        }
        if !host.drop_capabilities.is_empty() {
            let why = "a process has the rights of the engine's user";
            self.tell("host.drop_capabilities", LossGrade::Ignored, why);
        }
        if host.no_new_privileges {
            let why = "a process may start programs that have more rights";
            self.tell("host.no_new_privileges", LossGrade::Ignored, why);
        }
    }

    fn source(&mut self, source: &Source) {
        let Source::Build(build) = source else { return };
        if build.dockerfile.is_some() {
            let why = "the folder is taken as it is, and no build file is read";
            self.tell("source.dockerfile", LossGrade::Ignored, why);
        }
        for name in build.args.keys() {
            self.tell(&format!("source.args.{name}"), LossGrade::Ignored, "nothing is built that could read it");
        }
    }

    fn resources(&mut self, resources: &Resources) {
        if resources.limits.cpu.is_some() {
            self.tell("resources.limits.cpu", LossGrade::Ignored, "processes share the machine's processors");
        }
        if resources.limits.memory.is_some() {
            if cfg!(target_os = "linux") {
                let how = "each process of the service is limited on its own, and only what it allocates for itself";
                self.tell("resources.limits.memory", LossGrade::Approximated, how);
            } else {
                self.tell("resources.limits.memory", LossGrade::Ignored, "this system cannot limit a running process");
            }
        }
        let asked = [("cpu", resources.requests.cpu.is_some()), ("memory", resources.requests.memory.is_some())];
        for (what, _) in asked.into_iter().filter(|(_, asked)| *asked) {
            self.tell(&format!("resources.requests.{what}"), LossGrade::Ignored, "nothing is set aside for a process");
        }
    }

    fn ports(&mut self, service: &Service) {
        let mut numbers = BTreeSet::new();
        for (i, port) in service.ports.iter().enumerate() {
            if port.protocol != Protocol::Tcp {
                self.tell(&format!("ports.{i}"), LossGrade::Refused, "only TCP ports can be given to a process");
            } else if !numbers.insert(port.number) {
                let why = "a process listens once for each port number";
                self.tell(&format!("ports.{i}"), LossGrade::Refused, why);
            } else if port.host.is_some_and(|host| !host.is_loopback()) {
                let why = "a process is told its port alone, and chooses itself at which addresses it listens";
                self.tell(&format!("ports.{i}.host"), LossGrade::Ignored, why);
            }
        }
        if service.replicas > 1 && service.ports.iter().any(|port| port.published.is_some()) {
            self.tell("replicas", LossGrade::Refused, "a fixed port of the host can be held only once");
        }
    }

    fn variables<'v>(&mut self, replaced: impl Iterator<Item = &'v VarName>) {
        for name in replaced {
            let why = "the runtime sets this variable itself";
            self.tell(&format!("environment.{name}"), LossGrade::Ignored, why);
        }
    }

    fn tell(&mut self, path: &str, grade: LossGrade, reason: &str) {
        let mut loss = Loss::new(format!("services.{}.{path}", self.name), grade, reason);
        loss.code = (grade == LossGrade::Ignored).then_some(codes::CAPABILITY_UNSUPPORTED);
        self.told.push(loss);
    }
}

/// True for the variables by which the runtime tells a process its ports and marks it.
fn gives(service: &Service, variable: &str) -> bool {
    let number = variable.strip_prefix("PORT_");
    variable == MARKER
        || variable == "PORT" && !service.ports.is_empty()
        || service.ports.iter().any(|port| number == Some(&*port.number.to_string()))
}
