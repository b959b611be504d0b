//! Services that run all the time.

use std::time::Duration;

use eve_core::desired::{self, FileMount, Mount, Resources, SecretFile, Service, Strategy};
use eve_core::{SourcePath, VolumeName};

use super::{Trace, artifact, config, health, host, process};
use crate::Target;
use crate::grammar::At;
use crate::interpolation::Scope;
use crate::language::{AccessMode, Role, SecretUse, Storage, StrategyWord};
use crate::model::{Declared, Model};
use crate::problem::{Note, Report};

/// How long a database may take to end.
const DATABASE_GRACE: Duration = Duration::from_secs(120);

pub(super) fn lower(
    declared: &Declared,
    model: &Model,
    scope: &Scope<'_>,
    target: &Target,
    trace: &mut Trace<'_>,
    report: &mut Report,
) -> Option<Service> {
    let written = &declared.service;
    let process = process::lower(written, scope, trace, report);
    let mut service = Service::new(artifact::lower(written, model, scope, trace, report)?);
    service.process = process;
    trace.value("role", written.x_eve().and_then(|x| x.role.as_ref()).map(|at| at.span));
    if written.role() == Role::Worker {
        service.role = desired::Role::Worker;
    }
    trace.value("ports", written.ports.as_ref().map(|at| at.span));
    for (i, port) in written.ports().iter().enumerate() {
        trace.value(format!("ports.{i}"), Some(port.span));
        service.ports.push(port.value.0.clone());
    }
    service.health = health::lower(written, scope, trace, report);
    service.resources = resources(written, trace);
    trace.value("replicas", written.replicas().map(|at| at.span));
    service.replicas = written.replicas().map_or(1, |at| at.value);
    trace.value("restart", written.restart.as_ref().map(|at| at.span));
    if let Some(restart) = &written.restart {
        service.restart = restart.value.0;
    }
    trace.value("stop_grace", written.stop_grace_period.as_ref().map(|at| at.span));
    match &written.stop_grace_period {
        Some(grace) => service.stop_grace = grace.value.0,
        None if written.role() == Role::Database => service.stop_grace = DATABASE_GRACE,
        None => {}
    }
    rollout(declared, &mut service, trace);
    mounts(declared, &mut service, trace, report);
    service.files = files(declared, model, scope, trace, report);
    secrets(declared, &mut service, trace);
    service.host = host::lower(written, target, trace, report);
    Some(service)
}

pub(super) fn resources(written: &crate::language::Service, trace: &mut Trace<'_>) -> Resources {
    let mut resources = Resources::default();
    let at = written.resources().next();
    trace.value("resources", at.map(|at| at.span));
    let requests = at.and_then(|at| at.value.requests.as_ref()).map(|at| &at.value);
    let (cpu, memory) = (requests.and_then(|r| r.cpu.as_ref()), requests.and_then(|r| r.memory.as_ref()));
    let mut set = |name: &str, to: &mut desired::Limits, cpu: Option<&At<_>>, memory: Option<&At<_>>| {
        trace.value(format!("resources.{name}.cpu"), cpu.map(|at| at.span));
        trace.value(format!("resources.{name}.memory"), memory.map(|at| at.span));
        to.cpu = cpu.map(|at| at.value);
        to.memory = memory.map(|at| at.value);
    };
    set("limits", &mut resources.limits, written.cpu_limit(), written.memory_limit());
    set("requests", &mut resources.requests, cpu, memory);
    resources
}

fn rollout(declared: &Declared, service: &mut Service, trace: &mut Trace<'_>) {
    let written = declared.service.x_eve().and_then(|x| x.rollout.as_ref()).map(|at| &at.value);
    let strategy = written.and_then(|rollout| rollout.strategy.as_ref());
    let window = written.and_then(|rollout| rollout.window.as_ref());
    let ready_within = written.and_then(|rollout| rollout.ready_within.as_ref());
    let drain = written.and_then(|rollout| rollout.drain.as_ref());
    trace.value("rollout.strategy", strategy.map(|at| at.span));
    trace.value("rollout.window", window.map(|at| at.span));
    trace.value("rollout.ready_within", ready_within.map(|at| at.span));
    trace.value("rollout.drain", drain.map(|at| at.span));
    let rollout = &mut service.rollout;
    rollout.strategy = strategy.map(|at| match at.value {
        StrategyWord::Switched => Strategy::Switched,
        StrategyWord::Rolling => Strategy::Rolling,
        StrategyWord::Recreate => Strategy::Recreate,
    });
    if declared.service.role() == Role::Database {
        rollout.strategy.get_or_insert(Strategy::Recreate);
    }
    rollout.window = window.map(|at| at.value.0);
    rollout.ready_within = ready_within.map_or(rollout.ready_within, |at| at.value.0);
    rollout.drain = drain.map_or(rollout.drain, |at| at.value.0);
}

fn mounts(declared: &Declared, service: &mut Service, trace: &mut Trace<'_>, report: &mut Report) {
    let written = &declared.service;
    trace.value("mounts", written.volumes.as_ref().map(|at| at.span));
    for volume in written.volumes.iter().flat_map(|at| &at.value) {
        let Some(mount) = volume.value.named() else { continue };
        trace.value(format!("mounts.{}", service.mounts.len()), Some(volume.span));
        service.mounts.push(mount.clone());
    }
    if let Some(storage) = written.x_eve().and_then(|x| x.storage.as_ref()) {
        trace.value(format!("mounts.{}", service.mounts.len()), Some(storage.span));
        match mount(declared, &storage.value) {
            Ok(mount) => service.mounts.extend(mount),
            Err(error) => report.add(Note::refused(storage.span, &error)),
        }
    }
    if let Some(folder) = written.usual_folder() {
        match VolumeName::new(format!("{}-data", declared.name)) {
            Ok(name) => {
                let mut mount = Mount::new(name, folder);
                mount.single_writer = true;
                trace.value(format!("mounts.{}", service.mounts.len()), None);
                service.mounts.push(mount);
            }
            Err(error) => report.add(Note::refused(declared.key, &error)),
        }
    }
}

/// Files of the project and configs, for services and jobs alike.
pub(super) fn files(
    declared: &Declared,
    model: &Model,
    scope: &Scope<'_>,
    trace: &mut Trace<'_>,
    report: &mut Report,
) -> Vec<FileMount> {
    let mut out = Vec::new();
    let files = declared.service.x_eve().and_then(|x| x.files.as_ref());
    let wanted = declared.service.configs.as_ref();
    trace.value("files", files.map(|at| at.span).or(wanted.map(|at| at.span)));
    for file in files.into_iter().flat_map(|at| &at.value) {
        let (Some(source), Some(target)) = (&file.value.source, &file.value.target) else { continue };
        trace.value(format!("files.{}", out.len()), Some(file.span));
        match SourcePath::new(source.value.0.clone()) {
            Ok(path) => out.push(FileMount::new(path, target.value.0.clone())),
            Err(error) => report.add(Note::refused(source.span, &error)),
        }
    }
    config::lower(declared, model, scope, &mut out, trace, report);
    out
}

fn secrets(declared: &Declared, service: &mut Service, trace: &mut Trace<'_>) {
    let written = declared.service.secrets.as_ref();
    trace.value("secrets", written.map(|at| at.span));
    for secret in written.into_iter().flat_map(|at| &at.value) {
        let SecretUse { source, target: Some(target) } = &secret.value else { continue };
        trace.value(format!("secrets.{}", service.secrets.len()), Some(secret.span));
        service.secrets.push(SecretFile::new(source.value.clone()).with_target(target.value.clone()));
    }
}

/// The folder of a storage section, called after its service unless it has a name.
/// The volume of a service's storage.
pub(super) fn volume_of(declared: &Declared, storage: &Storage) -> eve_core::Result<VolumeName> {
    match &storage.name {
        Some(name) => Ok(name.value.clone()),
        None => VolumeName::new(format!("{}-data", declared.name)),
    }
}

fn mount(declared: &Declared, storage: &Storage) -> eve_core::Result<Option<Mount>> {
    let Some(path) = &storage.mount_path else { return Ok(None) };
    let name = volume_of(declared, storage)?;
    let mode = storage.access_mode.as_ref().map_or(AccessMode::Once, |at| at.value);
    let mut mount = Mount::new(name, path.value.0.clone());
    mount.single_writer = mode == AccessMode::Once;
    mount.read_only = mode == AccessMode::ReadOnly;
    Ok(Some(mount))
}
