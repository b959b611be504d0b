//! Stable codes of errors and findings, `group.reason`.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A stable code, `group.reason`, shared by all backends.
///
/// The codes of this version are in [`codes`]; a reader meets codes of newer versions too.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// A code that is known when the program is compiled.
    pub const fn new(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// The code's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the code means, if this version knows it.
    pub fn explanation(&self) -> Option<&'static str> {
        codes::ALL.iter().find(|(code, _)| code == self).map(|(_, text)| *text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for Code {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

macro_rules! codes {
    ($($name:ident = $text:literal, $means:literal;)*) => {
        /// Every code of this version.
        pub mod codes {
            use super::Code;

            $(#[doc = $means] pub const $name: Code = Code::new($text);)*

            /// All codes, each with what it means.
            pub const ALL: &[(Code, &str)] = &[$(($name, $means),)*];
        }
    };
}

codes! {
    // Names, units and other values.
    NAME_INVALID = "name.invalid", "A name breaks the rules of its kind.";
    DIGEST_MALFORMED = "digest.malformed", "A digest is not `sha256:` and 64 hexadecimal digits.";
    IMAGE_MALFORMED = "image.malformed", "An image reference cannot be read.";
    UNIT_MALFORMED = "unit.malformed", "A quantity, duration or port is not in the strict grammar.";
    PATH_INVALID = "path.invalid", "A path is not absolute, has a way up, or cannot be one.";
    TEMPLATE_MALFORMED = "template.malformed", "An interpolation cannot be read.";

    // What is asked for.
    PIPELINE_CYCLE = "pipeline.cycle", "Steps of a pipeline wait for each other in a circle.";
    PIPELINE_UNKNOWN = "pipeline.unknown", "A pipeline is named that does not exist.";
    PIPELINE_UNKNOWN_STEP = "pipeline.unknown_step", "A step waits for a step that does not exist.";
    PIPELINE_STEP_UNSUPPORTED = "pipeline.step_unsupported", "A step's action is not built in this version.";
    SERVICE_CYCLE = "service.cycle", "Services depend on each other in a circle.";
    SERVICE_UNKNOWN = "service.unknown", "A service is named that does not exist.";
    INSTANCE_UNKNOWN = "instance.unknown", "An instance is named that does not run.";
    SERVICE_NO_URL = "service.no_url", "A service's URL is asked for, and it has no port.";
    ENVIRONMENT_UNKNOWN = "environment.unknown", "An environment is named that does not exist.";
    ENVIRONMENT_EMPTY = "environment.empty", "An environment has no release.";
    RELEASE_UNKNOWN = "release.unknown", "A release is named that does not exist.";
    RELEASE_NONE_HEALTHY = "release.none_healthy", "No earlier release was ever healthy in this environment.";
    RELEASE_NO_ARTIFACT = "release.no_artifact", "A service of a release has no artifact.";
    SECRET_MISSING = "secret.missing", "Secrets that a deploy needs are not in the store; all are named.";
    SECRET_UNREADABLE = "secret.unreadable", "A secret is there and cannot be read.";
    RUN_UNKNOWN = "run.unknown", "A run is named that does not exist.";
    RUN_IDEMPOTENCY_CONFLICT = "run.idempotency_conflict", "An idempotency key was used before with other arguments.";
    RUN_INTERRUPTED = "run.interrupted", "The engine ended while the run was active.";

    // Planning and applying.
    PLAN_UNAPPROVED = "plan.unapproved", "The environment takes only plans that were approved.";
    PLAN_DRIFTED = "plan.drifted", "The world is not the one that the approved plan was made for.";
    PLAN_REFUSED = "plan.refused", "The backend cannot honour something that the manifest asks for.";
    OPERATION_UNKNOWN = "operation.unknown", "A backend was handed an operation of another backend.";
    OBJECT_FOREIGN = "object.foreign", "An object with our name belongs to somebody else and is not touched.";
    OBJECT_IN_USE = "object.in_use", "An object cannot be removed, since somebody else uses it.";
    OBJECT_CONFLICT = "object.conflict", "Other managers hold fields of an object that Eve would set; each is named with its manager.";
    OBJECT_MISSING = "object.missing", "An object that another one needs is not there.";
    OBJECT_STUCK_TERMINATING = "object.stuck_terminating", "An object was to be gone, and something holds it.";
    OBJECT_CHANGED = "object.changed", "An object is not the incarnation that the operation was planned for.";
    UNDO_INCOMPLETE = "undo.incomplete", "A failed deploy could not be undone fully; what is left is named.";

    // What the host's policy forbids, and what it lets workloads find.
    POLICY_DENIED = "policy.denied", "The host's policy forbids several kinds of things that a manifest asks for; all are named.";
    POLICY_HOST_MOUNT = "policy.host_mount", "The host's policy does not let this folder or file of the host be bound.";
    POLICY_ENGINE_SOCKET = "policy.engine_socket", "The host's policy does not let a workload reach a socket or the state by which an engine is steered.";
    POLICY_PRIVILEGED = "policy.privileged", "The host's policy does not let a workload be privileged.";
    POLICY_NAMESPACE = "policy.namespace", "The host's policy does not let a workload share this namespace of the host.";
    POLICY_CAPABILITY = "policy.capability", "The host's policy does not let a workload have this capability.";
    POLICY_DEVICE = "policy.device", "The host's policy does not let a workload use this device.";
    POLICY_UNCONFINED = "policy.unconfined", "The host's policy does not let this protection be switched off.";
    HOST_PATH_MISSING = "host_path.missing", "A folder, file or device of the host that a workload needs is not there.";

    // Workloads: conditions that a backend finds.
    WORKLOAD_CRASHED = "workload.crashed", "A workload ended by itself before it was wanted to.";
    WORKLOAD_CANNOT_START = "workload.cannot_start", "A workload's program is missing or cannot be run.";
    WORKLOAD_UNHEALTHY = "workload.unhealthy", "A workload runs and its health check fails.";
    WORKLOAD_GONE = "workload.gone", "An instance was removed by somebody else while it was waited for.";
    WORKLOAD_NOT_READY = "workload.not_ready", "A workload is not ready yet.";
    WORKLOAD_OOM_KILLED = "workload.oom_killed", "A workload was ended because it used more memory than allowed.";
    IMAGE_NOT_FOUND = "image.not_found", "An image does not exist where it is looked for.";
    WORKLOAD_CRASH_LOOP = "workload.crash_loop", "A workload ends again and again, soon after each start.";
    WORKLOAD_COMPLETED = "workload.completed", "A workload that is to go on ends by itself, without a fault.";
    WORKLOAD_CANNOT_CREATE = "workload.cannot_create", "A container cannot be made of its image and settings.";
    WORKLOAD_MUST_NOT_BE_ROOT = "workload.must_not_be_root", "A workload may not run as root, and its image does.";
    WORKLOAD_HOOK_FAILED = "workload.hook_failed", "The hook of a workload's start failed.";
    WORKLOAD_INIT_FAILED = "workload.init_failed", "What has to be done before a workload starts failed.";
    WORKLOAD_INIT_HANGING = "workload.init_hanging", "What has to be done before a workload starts does not end.";
    WORKLOAD_READINESS_GATE = "workload.readiness_gate", "A workload waits for a condition that somebody else is to set.";
    WORKLOAD_STUCK_TERMINATING = "workload.stuck_terminating", "A workload was to end, and is still there after its time was up.";
    WORKLOAD_MISSING = "workload.missing", "A workload that is named is not there.";
    PROBE_STARTUP_FAILING = "probe.startup_failing", "A workload does not pass its startup probe in the time that it has.";
    PROBE_READINESS_FAILING = "probe.readiness_failing", "A workload runs and does not pass its readiness probe.";
    PROBE_LIVENESS_FAILING = "probe.liveness_failing", "A workload is ended again and again, since it does not pass its liveness probe.";
    IMAGE_DENIED = "image.denied", "A registry refuses to hand an image out, for want of credentials.";
    IMAGE_RATE_LIMITED = "image.rate_limited", "A registry refuses to hand an image out, for having handed out too many.";
    IMAGE_UNREACHABLE = "image.unreachable", "A registry cannot be reached.";
    IMAGE_UNTRUSTED_REGISTRY = "image.untrusted_registry", "A registry's certificate is not trusted, or it has none.";
    IMAGE_WRONG_PLATFORM = "image.wrong_platform", "An image does not exist for the machine's platform.";
    IMAGE_NEVER_PULL = "image.never_pull", "An image may not be pulled, and is not where the workload is to run.";
    IMAGE_NO_SPACE = "image.no_space", "No space is left to keep an image.";
    IMAGE_SIGNATURE = "image.signature", "An image's signature is missing or wrong.";
    IMAGE_PULL_FAILED = "image.pull_failed", "An image cannot be pulled; the evidence says why.";

    // What a workload needs beside itself.
    SECRET_KEY_MISSING = "secret.key_missing", "A secret that a workload needs is there and lacks the key.";
    CONFIG_MISSING = "config.missing", "A set of settings that a workload needs is not there.";
    CONFIG_KEY_MISSING = "config.key_missing", "A set of settings that a workload needs is there and lacks the key.";
    SERVICE_ACCOUNT_MISSING = "service_account.missing", "The account that a workload is to run under is not there.";
    PRIORITY_CLASS_MISSING = "priority_class.missing", "The priority class that a workload names is not there.";
    RUNTIME_CLASS_MISSING = "runtime_class.missing", "The runtime class that a workload names is not there, or no machine has it.";
    NAMESPACE_MISSING = "namespace.missing", "A namespace is named that does not exist.";
    NAMESPACE_TERMINATING = "namespace.terminating", "A namespace is being deleted: nothing new can be made in it.";

    // Who refuses workloads before they exist.
    QUOTA_EXCEEDED = "quota.exceeded", "A workload asks for more than is left of a quota.";
    QUOTA_UNSPECIFIED = "quota.unspecified", "A quota counts something that a workload does not state.";
    LIMIT_RANGE_VIOLATED = "limit_range.violated", "A workload asks for more or less than a single one may.";
    ADMISSION_POD_SECURITY = "admission.pod_security", "A workload breaks the security level of its namespace.";
    ADMISSION_DENIED = "admission.denied", "A webhook or policy of the cluster refuses a workload.";
    ADMISSION_WEBHOOK_UNAVAILABLE = "admission.webhook_unavailable", "A webhook that has to be asked does not answer.";
    ADMISSION_INVALID = "admission.invalid", "An object of a workload is not valid.";
    ADMISSION_FORBIDDEN = "admission.forbidden", "The cluster refuses a workload; the evidence says why.";
    WORKLOAD_NOT_MADE = "workload.not_made", "A controller cannot make the instances that it is to hold; the evidence says why.";

    // Where a workload could run.
    SCHEDULING_INSUFFICIENT_CPU = "scheduling.insufficient_cpu", "No machine has the processor time left that a workload asks for.";
    SCHEDULING_INSUFFICIENT_MEMORY = "scheduling.insufficient_memory", "No machine has the memory left that a workload asks for.";
    SCHEDULING_INSUFFICIENT_GPU = "scheduling.insufficient_gpu", "No machine has the accelerators left that a workload asks for.";
    SCHEDULING_INSUFFICIENT_STORAGE = "scheduling.insufficient_ephemeral_storage", "No machine has the disk space left that a workload asks for.";
    SCHEDULING_INSUFFICIENT_RESOURCE = "scheduling.insufficient_resource", "No machine has left what a workload asks for.";
    SCHEDULING_TOO_MANY_PODS = "scheduling.too_many_pods", "Every machine holds as many workloads as it may.";
    SCHEDULING_TAINT = "scheduling.taint", "Machines keep workloads away that do not tolerate their taints.";
    SCHEDULING_CORDONED = "scheduling.cordoned", "Machines take no new workloads at present.";
    SCHEDULING_NODE_AFFINITY = "scheduling.node_affinity", "No machine has the labels or fields that a workload asks for.";
    SCHEDULING_POD_AFFINITY = "scheduling.pod_affinity", "No machine is near to, or far from, the other workloads that a workload asks for.";
    SCHEDULING_TOPOLOGY_SPREAD = "scheduling.topology_spread", "A workload cannot be spread as it asks for.";
    SCHEDULING_HOST_PORT = "scheduling.host_port", "A port of the machine that a workload asks for is taken on every machine.";
    SCHEDULING_VOLUME_UNBOUND = "scheduling.volume_unbound", "A workload waits for a volume that it claims.";
    SCHEDULING_VOLUME_PLACE = "scheduling.volume_place", "A workload's volume cannot be had on any machine that it could run on.";
    SCHEDULING_DEVICE_CLAIM = "scheduling.device_claim", "The devices that a workload claims cannot be had.";
    SCHEDULING_NO_NODES = "scheduling.no_nodes", "The cluster has no machine.";
    SCHEDULING_GATED = "scheduling.gated", "A workload is held back until somebody removes its scheduling gates.";
    SCHEDULING_NO_SCHEDULER = "scheduling.no_scheduler", "Nobody schedules a workload: the scheduler that it names does not run.";
    SCHEDULING_OTHER = "scheduling.other", "A workload fits on no machine; the evidence says why.";

    // Volumes.
    VOLUME_CLAIM_MISSING = "volume.claim_missing", "A volume claim that a workload names is not there.";
    VOLUME_NO_CLASS = "volume.no_class", "A volume claim names no storage class, there is no default, and no volume fits.";
    VOLUME_CLASS_MISSING = "volume.class_missing", "The storage class that a volume claim names is not there.";
    VOLUME_PROVISIONING_FAILED = "volume.provisioning_failed", "A volume cannot be made for a claim.";
    VOLUME_UNBOUND = "volume.unbound", "No volume fits a claim.";
    VOLUME_LOST = "volume.lost", "The volume that a claim was bound to is gone.";
    VOLUME_RESIZE_FAILED = "volume.resize_failed", "A volume cannot be made larger.";
    VOLUME_ATTACH_FAILED = "volume.attach_failed", "A volume cannot be attached to the machine.";
    VOLUME_MOUNT_FAILED = "volume.mount_failed", "A volume cannot be mounted for a workload.";

    // Machines.
    SANDBOX_FAILED = "sandbox.failed", "The surroundings of a workload, its network first, cannot be set up on the machine.";
    NODE_LOST = "node.lost", "A machine does not report any more, or says that it is not ready.";
    NODE_PRESSURE = "node.pressure", "A machine is short of memory, disk or processes, or has no network.";
    NODE_REFUSED = "node.refused", "The machine refused a workload that was sent to it.";
    EVICTION_OVER_LIMIT = "eviction.over_limit", "A workload was removed because it used more disk than it may.";
    EVICTION_NODE_PRESSURE = "eviction.node_pressure", "A workload was removed because its machine was short of something.";
    EVICTION_PREEMPTED = "eviction.preempted", "A workload was removed to make place for a more important one.";
    EVICTION_DRAINED = "eviction.drained", "A workload was removed from its machine on request.";
    EVICTION_TAINTED = "eviction.tainted", "A workload was removed because its machine was tainted.";
    EVICTION_NODE_GONE = "eviction.node_gone", "A workload ended because its machine is gone.";

    // Rollouts, and how workloads are reached.
    ROLLOUT_PROGRESS_DEADLINE = "rollout.progress_deadline", "A rollout made no progress in the time that it has.";
    ROLLOUT_UNSEEN = "rollout.unseen", "A change of a workload is not yet seen by its controller.";
    ROLLOUT_AUTOSCALER = "rollout.autoscaler", "An autoscaler cannot do its work.";
    SERVICE_MISSING = "service.missing", "A service that is named is not there.";
    SERVICE_NO_MATCH = "service.no_match", "The selector of a service matches no instance.";
    SERVICE_NONE_READY = "service.none_ready", "Instances match a service, and none of them is ready.";
    SERVICE_PORT_UNKNOWN = "service.port_unknown", "A service leads to a port by a name that no instance has.";
    SERVICE_PORT_UNDECLARED = "service.port_undeclared", "A service leads to a port that its instances do not declare: nobody may listen there.";
    SERVICE_NO_LOAD_BALANCER = "service.no_load_balancer", "A service is to have an address outside the cluster, and nobody gives it one.";
    NETWORK_POLICY_CANDIDATE = "network.policy_candidate", "A network policy may keep a troubled workload from what it calls; whether it is enforced is not known.";
    ROUTE_NOT_ACCEPTED = "route.not_accepted", "Whoever is to serve a route does not take it, or is not there.";
    INGRESS_CLASS_MISSING = "ingress.class_missing", "An ingress names a class that is not there, or none where there is no default.";
    INGRESS_PORT_UNKNOWN = "ingress.port_unknown", "An ingress leads to a port that its service does not have.";
    NETWORK_EXHAUSTED = "network.exhausted", "No subnet, or no address in a subnet, is left for an environment.";
    NETWORK_ADDRESS_TAKEN = "network.address_taken", "A subnet or address that a plan chose was taken by somebody else meanwhile.";
    NETWORK_MISSING = "network.missing", "A network that a workload needs is not there.";
    ARTIFACT_NOT_FOUND = "artifact.not_found", "An artifact is not where it was recorded to be.";
    PORT_TAKEN = "port.taken", "A port is already in use by somebody else.";

    // Jobs and attempts.
    ATTEMPT_FAILED = "attempt.failed", "An attempt ended with an exit code other than 0.";
    ATTEMPT_LOST = "attempt.lost", "Nobody saw how the attempt ended; no exit code is invented.";
    ATTEMPT_CONFLICT = "attempt.conflict", "An attempt of this id exists with another spec.";
    ATTEMPT_UNKNOWN = "attempt.unknown", "An attempt is named that the runner does not hold.";
    ATTEMPT_DEADLINE = "attempt.deadline", "An attempt was ended because its time was up.";
    JOB_DEADLINE = "job.deadline", "A job was ended because its time was up.";
    JOB_BACK_OFF_LIMIT = "job.back_off_limit", "A job has failed as often as it may.";
    JOB_FAILURE_POLICY = "job.failure_policy", "A job was ended because its own rules say that this failure is final.";
    JOB_FAILED = "job.failed", "A job has failed; the evidence says why.";
    JOB_NOT_STARTED = "job.not_started", "A job is not started when its time has come.";

    // Builds.
    BUILD_FAILED = "build.failed", "A build ended without an artifact.";
    BUILD_CONTEXT_MISSING = "build.context_missing", "A build context is not a folder of the project.";
    BUILD_CONTEXT_ESCAPES = "build.context_escapes", "A build context or a link in it leads out of the project.";

    // Files of the project.
    FILE_MISSING = "file.missing", "Files that a release is to keep are not in the project, or it keeps none of them; all are named.";
    FILE_ESCAPES = "file.escapes", "The path of a file or a link in it leads out of the project.";
    FILE_CONFLICT = "file.conflict", "Two files of a workload would stand at one place, or one of them within the other; all are named.";
    FILE_TOO_LARGE = "file.too_large", "A service asks for more of the project's files than can be kept.";

    // Routes.
    ROUTE_UNKNOWN = "route.unknown", "A route is named that was never prepared.";
    ROUTE_TAKEN = "route.taken", "A host and path are already routed for somebody else.";
    ROUTE_UNCONFIRMED = "route.unconfirmed", "The new release did not answer through the route itself.";
    ROUTE_NO_TARGET = "route.no_target", "A route has no instance to send requests to.";
    DRAIN_INCOMPLETE = "drain.incomplete", "Requests were still open when the drain's deadline passed.";

    // State.
    STATE_VERSION = "state.version", "Stored state was written by a newer version.";
    STATE_UNREADABLE = "state.unreadable", "Stored state is damaged.";
    STATE_HELD = "state.held", "Another process holds what runs there alone, or is setting the state up.";
    STATE_READ_ONLY = "state.read_only", "The state was opened, or can only be opened, for reading.";
    STATE_DISK_FULL = "state.disk_full", "The disk is full.";
    STATE_IO = "state.io", "The state cannot be read or written.";
    JOURNAL_CONFLICT = "journal.conflict", "A stream is not at the sequence that the writer expected.";
    LEASE_HELD = "lease.held", "Another holder has the lease.";
    LEASE_LOST = "lease.lost", "The lease ended or went to another holder.";
    BLOB_NOT_FOUND = "blob.not_found", "No bytes are stored under this digest.";

    // The process that holds the data plane, and the way to it.
    SUPERVISOR_UNAVAILABLE = "supervisor.unavailable", "The process that holds the data plane cannot be started or reached.";
    SUPERVISOR_LOST = "supervisor.lost", "The process that holds the data plane went away before it answered.";
    SUPERVISOR_CONFIG = "supervisor.config", "The process that holds the data plane runs with other settings than those asked for.";
    CONTROL_VERSION = "control.version", "The two sides of a control socket speak different versions.";
    CONTROL_MALFORMED = "control.malformed", "A control message cannot be read.";
    CONTROL_OVERSIZED = "control.oversized", "A control message is larger than the other side takes.";
    CONTROL_DENIED = "control.denied", "Somebody of another user tried to steer the data plane.";
    CONTROL_UNKNOWN_PART = "control.unknown_part", "A control message is for a part that is not there.";

    // Everything else.
    CAPABILITY_UNSUPPORTED = "capability.unsupported", "The backend does not claim this ability.";
    DEADLINE_EXCEEDED = "deadline.exceeded", "A deadline passed; the last finding says what was waited for.";
    CANCELLED = "cancelled", "The caller cancelled the work.";
    BACKEND_UNAVAILABLE = "backend.unavailable", "The backend cannot be reached.";
    BACKEND_UNCONFIGURED = "backend.unconfigured", "It is not known where the backend is, or who asks.";
    ACCESS_DENIED = "access.denied", "Something could not be looked at or changed, since whoever asks may not.";
    ACCESS_UNAUTHENTICATED = "access.unauthenticated", "The backend does not know who asks.";
    ACCESS_UNREADABLE = "access.unreadable", "Something could not be looked at; the evidence says why.";
    OTHER = "other.unknown_reason", "A workload is held up for a reason that this version does not know; it is in the evidence.";
    BACKEND_IO = "backend.io", "The operating system refused something that the backend needs.";
    FAULT_INJECTED = "fault.injected", "A test planted this failure.";
    INTERNAL_ENCODE = "internal.encode", "A value of Eve has no stored form.";
    INTERNAL_INVARIANT = "internal.invariant", "An invariant of Eve is broken; please report it.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::codes;

    #[test]
    fn every_code_is_unique_and_lower_case() {
        let mut seen = BTreeSet::new();
        for (code, _) in codes::ALL {
            assert!(seen.insert(code.as_str()), "{code} stands twice");
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_'), "{code}");
        }
    }
}
