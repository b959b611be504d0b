//! Containers that cannot be made or started.

use eve_core::{Code, Evidence, Finding, Timestamp, codes};

use crate::diagnosis::container::Container;
use crate::diagnosis::report::{Report, mentions, report};
use crate::diagnosis::scene::Scene;

/// How long what may pass may last.
const GRACE: u64 = 60;

/// What a container runtime refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartFault {
    /// The program is not in the image.
    NoProgram,
    /// It is there and may not or cannot be run.
    NotExecutable,
    /// No program is named at all.
    NoCommand,
    NoFolder,
    Mount,
    Hook,
    Device,
    /// Its limit of memory is used up before it starts.
    Memory,
    /// A profile that is to confine it is not on the node.
    Profile,
    Other,
}

impl StartFault {
    /// Reads what a container runtime says.
    pub(super) fn of(reason: &str, text: &str) -> Self {
        if reason == "PostStartHookError" || mentions(text, &["poststarthook", "lifecycle hook"]) {
            return Self::Hook;
        }
        if mentions(text, &["oom-killed", "memory limit too low"]) {
            return Self::Memory;
        }
        if mentions(text, &["seccomp profile", "apparmor"]) {
            return Self::Profile;
        }
        if mentions(text, &["no command specified", "no command or entrypoint"]) {
            return Self::NoCommand;
        }
        if mentions(text, &["chdir to cwd", "working directory"]) {
            return Self::NoFolder;
        }
        if mentions(
            text,
            &["error mounting", "failed to generate spec", "not a directory", "mountpoint", "is not a shared mount"],
        ) {
            return Self::Mount;
        }
        if mentions(text, &["executable file not found", "no such file or directory", "exec: \"\""]) {
            return Self::NoProgram;
        }
        if mentions(text, &["permission denied", "exec format error", "is a directory"]) {
            return Self::NotExecutable;
        }
        if mentions(text, &["device", "nvidia", "cdi"]) {
            return Self::Device;
        }
        Self::Other
    }

    fn code(self) -> Code {
        match self {
            Self::NoProgram | Self::NotExecutable | Self::NoCommand | Self::NoFolder => codes::WORKLOAD_CANNOT_START,
            Self::Mount => codes::VOLUME_MOUNT_FAILED,
            Self::Hook => codes::WORKLOAD_HOOK_FAILED,
            Self::Memory => codes::WORKLOAD_OOM_KILLED,
            Self::Device | Self::Profile | Self::Other => codes::WORKLOAD_CANNOT_CREATE,
        }
    }

    fn means(self) -> &'static str {
        match self {
            Self::NoProgram => "its program is not in the image",
            Self::NotExecutable => "its program cannot be run",
            Self::NoCommand => "neither its image nor its manifest names a program",
            Self::NoFolder => "its working directory is not in the image",
            Self::Mount => "a volume cannot be mounted where it is to be",
            Self::Hook => "the hook of its start failed",
            Self::Memory => "its limit of memory is used up before it starts",
            Self::Device => "a device that it asks for cannot be given to it",
            Self::Profile => "the profile that is to confine it cannot be loaded",
            Self::Other => "the container runtime refuses it",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::NoProgram => "check the command: it is looked for inside the image",
            Self::NotExecutable => {
                "check the program's permissions, its first line, and that it is built for the node's platform"
            }
            Self::NoCommand => "name a command in the manifest, or an ENTRYPOINT in the image",
            Self::NoFolder => "correct workingDir, or make the folder in the image",
            Self::Mount => "check mountPath and subPath against what the image and the volume hold",
            Self::Hook => "run the hook's command by hand in the image",
            Self::Memory => {
                "raise its limit of memory, or let it use less; files in volumes of medium Memory count, and outlive a restart"
            }
            Self::Device => "check the device plugin of the node",
            Self::Profile => "put the seccomp or AppArmor profile on the node, or name another one",
            Self::Other => "the evidence has the container runtime's own words",
        }
    }
}

/// Why a waiting container cannot be made or started.
pub(super) fn judge(scene: &Scene<'_>, container: &Container<'_>) -> Finding {
    let waiting = container.waiting();
    let reason = waiting.and_then(|waiting| waiting.reason.as_deref()).unwrap_or_default();
    let message = waiting.and_then(|waiting| waiting.message.as_deref()).unwrap_or_default();
    let told = scene
        .happenings(container.pod)
        .iter()
        .find(|told| told.concerns(container.name()) && matches!(told.reason(), "Failed" | "FailedPostStartHook"));
    let text = if message.is_empty() { told.map(|told| told.message()).unwrap_or_default() } else { message };
    let finding = refused(container, reason, text, container.pod_start())
        .with_evidence(Evidence::field(container.path("state.waiting.reason"), reason))
        .with_evidence(Evidence::field(container.path("state.waiting.message"), message));
    match told {
        Some(told) => finding.with_evidence(told.evidence()),
        None => finding,
    }
}

/// The finding for what a container runtime refused.
pub(super) fn refused(container: &Container<'_>, reason: &str, text: &str, since: Timestamp) -> Finding {
    let fault = StartFault::of(reason, text);
    let message = format!("{} cannot be started: {}", container.title(), fault.means());
    let finding = report(fault.code(), container.place(), message, since).with_hint(fault.hint());
    match fault {
        StartFault::NoProgram | StartFault::NotExecutable | StartFault::NoCommand | StartFault::NoFolder => finding,
        StartFault::Mount | StartFault::Hook | StartFault::Profile => finding.grace(GRACE),
        StartFault::Memory => match container.limit("memory") {
            Some(limit) => finding.grace(GRACE).with_evidence(Evidence::field("resources.limits.memory", limit)),
            None => finding.grace(GRACE),
        },
        StartFault::Device | StartFault::Other => finding.of_platform().grace(GRACE),
    }
}

#[cfg(test)]
mod tests {
    use super::StartFault;

    #[test]
    fn refusals_of_container_runtimes_are_told_apart() {
        let runc = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";
        for (text, fault) in [
            (r#"exec: "nope": executable file not found in $PATH: unknown"#, StartFault::NoProgram),
            (r#"exec: "/app/nope": stat /app/nope: no such file or directory: unknown"#, StartFault::NoProgram),
            (r#"exec: "/etc/passwd": permission denied: unknown"#, StartFault::NotExecutable),
            ("exec /app: exec format error", StartFault::NotExecutable),
            (r#"chdir to cwd ("/nowhere") set in config.json failed: no such file or directory"#, StartFault::NoFolder),
            (
                r#"error during container init: error mounting "/a" to rootfs at "/b": not a directory"#,
                StartFault::Mount,
            ),
        ] {
            assert_eq!(StartFault::of("StartError", &format!("{runc}{text}")), fault, "{text}");
        }
        let text = r#"cannot load seccomp profile "/a/none.json": open /a/none.json: no such file or directory"#;
        assert_eq!(StartFault::of("CreateContainerError", text), StartFault::Profile);
        assert_eq!(StartFault::of("CreateContainerError", "no command specified"), StartFault::NoCommand);
        let text = format!("{runc}container init was OOM-killed (memory limit too low?): unknown");
        assert_eq!(StartFault::of("RunContainerError", &text), StartFault::Memory);
        assert_eq!(StartFault::of("PostStartHookError", "x"), StartFault::Hook);
    }
}
