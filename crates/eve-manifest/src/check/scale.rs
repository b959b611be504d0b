//! How many and how much.

use eve_core::ByteSize;

use crate::codes;
use crate::grammar::At;
use crate::language::{AccessMode, Amounts, Resources, Service};
use crate::model::Declared;
use crate::problem::{Note, Report};

pub(super) fn check(declared: &Declared, report: &mut Report) {
    let service = &declared.service;
    let from_deploy = service.deploy.as_ref().and_then(|at| at.value.replicas.as_ref());
    if let (Some(_), Some(second)) = (&service.replicas, from_deploy) {
        let text = "`replicas` and `deploy.replicas` say the same thing";
        report.add(Note::error(codes::CONFLICT, second.span, text).hint("remove one of them"));
    }
    for second in service.resources().skip(1) {
        let text = "`resources` stands in several places";
        report.add(Note::error(codes::CONFLICT, second.span, text).hint("keep one of them"));
    }
    check_amounts(declared, report);
    check_times(declared, report);
    let Some(replicas) = service.replicas().filter(|at| at.value > 1) else { return };
    if let Some(port) = service.ports().iter().find(|port| port.value.0.published.is_some()) {
        let fixed = port.value.0.published.unwrap_or_default();
        let text = format!("{} replicas cannot share port {fixed} of the host", replicas.value);
        let note = Note::error(codes::CONFLICT, replicas.span, text);
        report.add(note.hint(format!("write port {} alone, or one replica", port.value.0.number)));
    }
    if service.usual_folder().is_some() {
        let text = format!("{} databases cannot share a folder", replicas.value);
        report.add(Note::error(codes::CONFLICT, replicas.span, text).hint("write one replica"));
    }
    if let Some(storage) = service.x_eve().and_then(|x| x.storage.as_ref()) {
        let mode = storage.value.access_mode.as_ref().map_or(AccessMode::Once, |at| at.value);
        if mode == AccessMode::Once {
            let text = format!("{} replicas cannot share a folder that one may hold", replicas.value);
            let note = Note::error(codes::CONFLICT, replicas.span, text);
            report.add(note.hint("write `access_mode: ReadWriteMany`, or one replica"));
        }
    }
}

/// Reports what is given no time at all, and so never done.
fn check_times(declared: &Declared, report: &mut Report) {
    let Some(x) = declared.service.x_eve() else { return };
    let ready = x.rollout.as_ref().and_then(|at| at.value.ready_within.as_ref());
    let attempt = x.timeout.as_ref().filter(|_| declared.service.is_job());
    let times = [(ready, "nothing is ready at once"), (attempt, "no attempt is over at once")];
    for (at, text) in times {
        if let Some(at) = at.filter(|at| at.value.0.is_zero()) {
            report.add(
                Note::error(codes::BAD_VALUE, at.span, text).hint("write how long it may take, or remove the key"),
            );
        }
    }
}

/// With less memory no program starts, and a smaller volume is of no use.
const LEAST: ByteSize = ByteSize::bytes(1 << 20);

/// Reports amounts with which nothing could run. A promise of nothing is none, and fine.
fn check_least(service: &Service, report: &mut Report) {
    let of = |which: fn(&Resources) -> Option<&At<Amounts>>| service.resources().filter_map(move |at| which(&at.value));
    let (limits, requests) = (|| of(|all| all.limits.as_ref()), || of(|all| all.requests.as_ref()));
    let cpus = service.cpus.iter().chain(limits().filter_map(|at| at.value.cpu.as_ref()));
    for cpu in cpus.filter(|at| at.value.as_millis() == 0) {
        let note = Note::error(codes::BAD_VALUE, cpu.span, "without processor time nothing runs");
        report.add(note.hint("write how much it may use, or remove the key where nothing is to bound it"));
    }
    let promised = requests().filter_map(|at| at.value.memory.as_ref()).filter(|at| at.value.as_bytes() > 0);
    let bounds = limits().filter_map(|at| at.value.memory.as_ref());
    for memory in service.mem_limit.iter().chain(bounds).chain(promised).filter(|at| at.value < LEAST) {
        let bytes = memory.value.as_bytes();
        let note = Note::error(codes::BAD_VALUE, memory.span, format!("in {bytes} bytes nothing runs"));
        report.add(note.hint(match bytes {
            0 => "remove the key where nothing is to bound it".to_owned(),
            1..1024 => format!("a number alone is bytes; write {bytes}Mi, for example"),
            _ => "write 1Mi or more: 512Mi, for example".to_owned(),
        }));
    }
}

fn check_amounts(declared: &Declared, report: &mut Report) {
    let service = &declared.service;
    check_least(service, report);
    let size = service.x_eve().and_then(|x| x.storage.as_ref()).and_then(|at| at.value.size.as_ref());
    if let Some(size) = size.filter(|at| at.value < LEAST) {
        let text = format!("a volume of {} bytes holds nothing", size.value.as_bytes());
        report
            .add(Note::error(codes::BAD_VALUE, size.span, text).hint("write its size with a unit: 10Gi, for example"));
    }
    let (cpu_limit, memory_limit) = (service.cpu_limit(), service.memory_limit());
    let differs = |span, old, new| {
        let note = Note::error(codes::CONFLICT, span, format!("`{old}` and `{new}` say different things"));
        note.hint(format!("keep `{new}`"))
    };
    if let (Some(old), Some(new)) = (&service.cpus, cpu_limit)
        && old.value != new.value
    {
        report.add(differs(old.span, "cpus", "resources.limits.cpu"));
    }
    if let (Some(old), Some(new)) = (&service.mem_limit, memory_limit)
        && old.value != new.value
    {
        report.add(differs(old.span, "mem_limit", "resources.limits.memory"));
    }
    let Some(requests) = service.resources().next().and_then(|at| at.value.requests.as_ref()) else { return };
    let Amounts { cpu, memory, .. } = &requests.value;
    let more = |span, what| {
        Note::error(codes::CONFLICT, span, format!("it is promised more {what} than it may use"))
            .hint("make the request at most as large as the limit")
    };
    // What was refused already is compared with nothing.
    if let (Some(request), Some(limit)) = (cpu, cpu_limit)
        && request.value > limit.value
        && !report.has_error_within(limit.span)
    {
        report.add(more(request.span, "processor time"));
    }
    if let (Some(request), Some(limit)) = (memory, memory_limit)
        && request.value > limit.value
        && !report.has_error_within(limit.span)
    {
        report.add(more(request.span, "memory"));
    }
}
