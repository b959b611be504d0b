//! What a service asks of the host.

use eve_core::desired::{Bind, HostAccess, HostNamespace};

use super::Trace;
use crate::Target;
use crate::codes;
use crate::grammar::At;
use crate::language::{HostFolder, SecurityOption, Service, VolumeText};
use crate::problem::{Note, Report};

/// Paths that cannot be resolved are reported.
pub(super) fn lower(written: &Service, target: &Target, trace: &mut Trace<'_>, report: &mut Report) -> HostAccess {
    let mut host = HostAccess::default();
    for volume in written.volumes.iter().flat_map(|at| &at.value) {
        let VolumeText::Host(folder) = &volume.value else { continue };
        trace.value(format!("host.binds.{}", host.binds.len()), Some(volume.span));
        host.binds.extend(bind(&At { value: folder, span: volume.span }, target, report));
    }
    if let Some(privileged) = written.privileged.as_ref().filter(|at| at.value) {
        trace.value("host.privileged", Some(privileged.span));
        host.privileged = true;
    }
    for (namespace, at) in namespaces(written) {
        trace.value(format!("host.namespaces.{namespace}"), Some(at.span));
        host.namespaces.insert(namespace);
    }
    for name in written.cap_add.iter().flat_map(|at| &at.value) {
        trace.value(format!("host.add_capabilities.{}", name.value), Some(name.span));
        host.add_capabilities.insert(name.value.clone());
    }
    for name in written.cap_drop.iter().flat_map(|at| &at.value) {
        trace.value(format!("host.drop_capabilities.{}", name.value), Some(name.span));
        host.drop_capabilities.insert(name.value.clone());
    }
    for device in written.devices.iter().flat_map(|at| &at.value) {
        trace.value(format!("host.devices.{}", host.devices.len()), Some(device.span));
        host.devices.push(device.value.0.clone());
    }
    for option in written.security_opt.iter().flat_map(|at| &at.value) {
        match option.value {
            SecurityOption::Unconfined(what) => {
                trace.value(format!("host.unconfined.{what}"), Some(option.span));
                host.unconfined.insert(what);
            }
            SecurityOption::NoNewPrivileges => {
                trace.value("host.no_new_privileges", Some(option.span));
                host.no_new_privileges = true;
            }
        }
    }
    host
}

fn namespaces(written: &Service) -> impl Iterator<Item = (HostNamespace, &At<crate::language::HostWord>)> {
    let asked = [
        (HostNamespace::Network, &written.network_mode),
        (HostNamespace::Pid, &written.pid),
        (HostNamespace::Ipc, &written.ipc),
        (HostNamespace::Uts, &written.uts),
        (HostNamespace::User, &written.userns_mode),
        (HostNamespace::Cgroup, &written.cgroup),
    ];
    asked.into_iter().filter_map(|(namespace, at)| Some((namespace, at.as_ref()?)))
}

/// A folder of the host, from the project's folder on where it is relative.
fn bind(folder: &At<&HostFolder>, target: &Target, report: &mut Report) -> Option<Bind> {
    let HostFolder { source, target: inside, read_only } = folder.value;
    let source = match (&target.folder, eve_core::AbsolutePath::new(source.as_str())) {
        (_, Ok(source)) => Ok(source),
        (Some(project), Err(_)) => project.join(source),
        (None, Err(_)) => {
            let text = format!("`{}` is relative to the project's folder, which nobody named", source.escape_debug());
            let note = Note::error(codes::UNKNOWN_FOLDER, folder.span, text);
            report.add(note.hint("write an absolute path, or name the folder in the target: Target::with_folder"));
            return None;
        }
    };
    match source {
        Ok(source) => {
            let bind = Bind::new(source, inside.clone());
            Some(if *read_only { bind.read_only() } else { bind })
        }
        Err(error) => {
            report.add(Note::refused(folder.span, &error));
            None
        }
    }
}
