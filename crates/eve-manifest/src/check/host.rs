//! What services ask of the host.

use eve_core::desired::Device;

use crate::codes;
use crate::grammar::At;
use crate::language::SecurityOption;
use crate::model::Declared;
use crate::problem::{Note, Report};
use crate::tree::Span;

pub(super) fn check(declared: &Declared, report: &mut Report) {
    let service = &declared.service;
    if service.is_job() {
        refuse_for_jobs(declared, report);
        return;
    }
    for device in service.devices.iter().flat_map(|at| &at.value) {
        let Device { source, target, .. } = &device.value.0;
        if [source, target].iter().any(|path| path.parts().next().is_none()) {
            let note = Note::error(codes::BAD_VALUE, device.span, "the root of all files is no device");
            report.add(note.hint("write the path of a device, such as /dev/fuse"));
        }
    }
    let dropped = || service.cap_drop.iter().flat_map(|at| &at.value);
    for name in service.cap_add.iter().flat_map(|at| &at.value) {
        if dropped().any(|dropped| dropped.value == name.value) {
            let note = Note::error(codes::CONFLICT, name.span, format!("{} is added and dropped", name.value));
            report.add(note.hint("remove it from one of them"));
        }
    }
    if service.privileged.as_ref().is_some_and(|at| at.value)
        && let Some(drop) = &service.cap_drop
    {
        let note = Note::error(codes::CONFLICT, drop.span, "who is privileged has every capability");
        report.add(note.hint("remove `privileged`, and add the capabilities that are needed"));
    }
    let options = service.security_opt.iter().flat_map(|at| &at.value);
    let off = SecurityOption::Unconfined(eve_core::desired::Unconfined::NewPrivileges);
    let both = options.filter(|at| at.value == off || at.value == SecurityOption::NoNewPrivileges);
    if let Some(second) = both.clone().skip(1).find(|at| Some(at.value) != both.clone().next().map(|at| at.value)) {
        let note = Note::error(codes::CONFLICT, second.span, "no-new-privileges stands twice, each way");
        report.add(note.hint("remove one of them"));
    }
}

/// A job without them would do something else, so they are not left out.
fn refuse_for_jobs(declared: &Declared, report: &mut Report) {
    fn of<T>(at: Option<&At<T>>) -> Option<Span> {
        at.map(|at| at.span)
    }
    let service = &declared.service;
    let spans: [(&str, Option<Span>); 11] = [
        ("privileged", service.privileged.as_ref().filter(|at| at.value).map(|at| at.span)),
        ("network_mode", of(service.network_mode.as_ref())),
        ("pid", of(service.pid.as_ref())),
        ("ipc", of(service.ipc.as_ref())),
        ("uts", of(service.uts.as_ref())),
        ("userns_mode", of(service.userns_mode.as_ref())),
        ("cgroup", of(service.cgroup.as_ref())),
        ("cap_add", of(service.cap_add.as_ref())),
        ("cap_drop", of(service.cap_drop.as_ref())),
        ("devices", of(service.devices.as_ref())),
        ("security_opt", of(service.security_opt.as_ref())),
    ];
    for (key, span) in spans {
        if let Some(span) = span {
            let note = Note::error(codes::UNSUPPORTED, span, format!("`{key}` is not supported for a job yet"));
            report.add(note.hint("remove it, or make the job a service"));
        }
    }
}
