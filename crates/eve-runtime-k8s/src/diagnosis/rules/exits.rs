//! How a container ended.

use eve_core::{Exit, Timestamp};
use k8s_openapi::api::core::v1::ContainerStateTerminated;

use crate::diagnosis::container::Container;
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::mentions;
use crate::diagnosis::scene::Scene;

/// How a container ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    OutOfMemory,
    /// The container runtime could not start it.
    NotStarted,
    /// Its shell did not find the program, or could not run it.
    NoProgram,
    /// The kubelet ended it, since it did not pass its liveness probe.
    ByLiveness,
    /// The kubelet ended it, since it did not pass its startup probe in time.
    ByStartup,
    /// It ended well.
    Well,
    Failed,
    /// Nobody saw it.
    Unknown,
}

impl Ending {
    pub(super) fn of(scene: &Scene<'_>, container: &Container<'_>, ended: &ContainerStateTerminated) -> Self {
        let reason = ended.reason.as_deref().unwrap_or_default();
        if reason == "OOMKilled" {
            return Self::OutOfMemory;
        }
        if matches!(reason, "StartError" | "ContainerCannotRun") {
            return Self::NotStarted;
        }
        if let Some(probe) = killed_by(scene, container, ended) {
            return probe;
        }
        match (reason, ended.exit_code) {
            ("ContainerStatusUnknown", _) => Self::Unknown,
            (_, 0) => Self::Well,
            (_, 126 | 127) => Self::NoProgram,
            _ => Self::Failed,
        }
    }
}

/// The probe for whose sake the kubelet ended this life of a container.
///
/// A kubelet reports no more than about 25 events of a pod, and late where there is much to do: an
/// end by a signal is told by what was reported of earlier lives, or by the probe itself.
fn killed_by(scene: &Scene<'_>, container: &Container<'_>, ended: &ContainerStateTerminated) -> Option<Ending> {
    let began = instant(ended.started_at.as_ref());
    let told = scene.happenings(container.pod).iter().filter(|told| told.concerns(container.name()));
    let killed = told
        .clone()
        .filter(|told| told.reason() == "Killing" && mentions(told.message(), &["liveness probe", "startup probe"]));
    let failed = told.filter(|told| {
        told.reason() == "Unhealthy"
            && told.last() >= began
            && mentions(told.message(), &["liveness probe failed", "startup probe failed"])
    });
    let killed: Vec<_> = killed.collect();
    let of_this_life = killed.iter().find(|told| told.last() >= began);
    let of_another = killed.first().filter(|_| matches!(ended.exit_code, 0 | 137 | 143));
    let by_probe = failed.into_iter().find(|_| matches!(ended.exit_code, 137 | 143));
    let killing = of_this_life.or(of_another).copied().or(by_probe)?;
    Some(if mentions(killing.message(), &["liveness"]) { Ending::ByLiveness } else { Ending::ByStartup })
}

/// The exit, with a signal where the code is one.
pub(super) fn exit(ended: &ContainerStateTerminated) -> Exit {
    match (ended.reason.as_deref(), ended.signal, ended.exit_code) {
        (Some("ContainerStatusUnknown"), _, _) => Exit::Lost,
        (_, Some(signal), _) if signal != 0 => Exit::Signal(signal),
        (_, _, code @ 129..=159) => Exit::Signal(code - 128),
        (_, _, code) => Exit::Code(code),
    }
}

/// What an exit code most often means.
pub(super) fn means(ended: &ContainerStateTerminated) -> String {
    let code = ended.exit_code;
    let told = match code {
        0 => "it ended well",
        126 => "the program cannot be run",
        127 => "the program was not found",
        130 => "it was interrupted, SIGINT",
        132 => "illegal instruction, SIGILL",
        134 => "it aborted itself, SIGABRT",
        135 => "bus error, SIGBUS",
        136 => "arithmetic error, SIGFPE",
        137 => "it was killed, SIGKILL",
        139 => "segmentation fault, SIGSEGV",
        141 => "nobody read what it wrote, SIGPIPE",
        143 => "it was asked to end, SIGTERM",
        _ => return format!("exit code {code}"),
    };
    format!("exit code {code}: {told}")
}

/// How long its last life lasted, and when that ended.
pub(super) fn life(ended: &ContainerStateTerminated) -> (std::time::Duration, Timestamp) {
    let end = instant(ended.finished_at.as_ref());
    (end.since(instant(ended.started_at.as_ref())), end)
}
