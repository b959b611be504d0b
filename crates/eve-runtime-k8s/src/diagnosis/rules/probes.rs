//! Probes that fail.

use std::time::Duration;

use eve_core::{Evidence, Finding, Timestamp, codes};
use k8s_openapi::api::core::v1::{ContainerStateTerminated, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::exits::{self, Ending};
use crate::diagnosis::container::{Container, Role};
use crate::diagnosis::happening::Happening;
use crate::diagnosis::instant::instant;
use crate::diagnosis::report::{Report, mentions, report};
use crate::diagnosis::scene::Scene;

/// From that many restarts on it will not get better by itself.
const RESTARTS: u32 = 3;
/// How long a failing probe may be one that passes, in seconds.
const GRACE: u64 = 60;
/// What a start may take at least that is not described by a startup probe.
const START: Duration = Duration::from_secs(30);

/// Why a container that runs is not ready.
pub(super) fn judge(scene: &Scene<'_>, container: &Container<'_>) -> Option<Finding> {
    let running = container.running()?;
    let spec = container.spec.filter(|_| container.role != Role::Init)?;
    let since = instant(running.started_at.as_ref());
    if container.status.started == Some(false)
        && let Some(probe) = &spec.startup_probe
    {
        let told = told(scene, container, "Startup probe");
        let text = format!("{} does not pass its startup probe", container.title());
        return is_over(scene, allowed(probe), probe, since, told).then(|| {
            let finding = report(codes::PROBE_STARTUP_FAILING, container.place(), text, since).grace(GRACE);
            with_probe(container, finding, "startupProbe", probe, told)
        });
    }
    let Some(probe) = spec.readiness_probe.as_ref().filter(|_| !container.status.ready) else {
        return unable(scene, container, since);
    };
    let told = told(scene, container, "Readiness probe");
    let text = format!("{} runs and does not pass its readiness probe", container.title());
    // Readiness is asked once the startup probe has passed, and when that was is not told.
    let start = spec.startup_probe.as_ref().map(allowed).unwrap_or_default();
    is_over(scene, start + allowed(probe), probe, since, told).then(|| {
        let finding = report(codes::PROBE_READINESS_FAILING, container.place(), text, since);
        // Whoever says nothing of their start may take a while for it.
        let may_start = spec.startup_probe.is_none() && scene.since(since) < START && can_pass(container, probe, told);
        let finding = if may_start { finding.wait() } else { finding.grace(GRACE) };
        with_probe(container, finding, "readinessProbe", probe, told)
    })
}

/// A liveness probe that cannot be run ends nobody: the container goes on, and nobody looks after it.
fn unable(scene: &Scene<'_>, container: &Container<'_>, since: Timestamp) -> Option<Finding> {
    let probe = container.spec?.liveness_probe.as_ref()?;
    let told = told(scene, container, "Liveness probe errored").filter(|told| told.last() >= since)?;
    let text = format!("the liveness probe of {} cannot be run, so that nobody sees when it hangs", container.title());
    let finding = report(codes::PROBE_LIVENESS_FAILING, container.place(), text, told.first()).wait();
    Some(with_probe(container, finding, "livenessProbe", probe, Some(told)))
}

/// A container that was ended for the sake of a probe.
pub(super) fn killed(
    scene: &Scene<'_>,
    container: &Container<'_>,
    ended: &ContainerStateTerminated,
    ending: Ending,
) -> Finding {
    let (code, kind, says) = if ending == Ending::ByLiveness {
        (codes::PROBE_LIVENESS_FAILING, "livenessProbe", "Liveness probe")
    } else {
        (codes::PROBE_STARTUP_FAILING, "startupProbe", "Startup probe")
    };
    let what = says.to_lowercase();
    let restarts = container.restarts();
    let text =
        format!("{} is ended and started again since its {what} fails ({restarts} restarts so far)", container.title());
    let finding = report(code, container.place(), text, exits::life(ended).1);
    let finding = if restarts >= RESTARTS { finding } else { finding.grace(GRACE) };
    let spec = container.spec.and_then(|spec| {
        if ending == Ending::ByLiveness { spec.liveness_probe.as_ref() } else { spec.startup_probe.as_ref() }
    });
    let told = told(scene, container, says);
    match spec {
        Some(probe) => with_probe(container, finding, kind, probe, told),
        None => finding.with_hint("give it more time, or mend what the probe asks"),
    }
}

/// True if the probe has failed as often as it may, or the container run for longer than is allowed.
fn is_over(scene: &Scene<'_>, allowed: Duration, probe: &Probe, since: Timestamp, told: Option<Happening<'_>>) -> bool {
    let threshold = u32::try_from(probe.failure_threshold.unwrap_or(3)).unwrap_or(3);
    let failed = told.is_some_and(|told| told.last() >= since && told.count() >= threshold);
    failed || scene.since(since) >= allowed
}

/// False for what no time mends: a named port that the container does not have, a program that it lacks.
fn can_pass(container: &Container<'_>, probe: &Probe, told: Option<Happening<'_>>) -> bool {
    let has_name = undeclared(container, probe).is_none_or(|port| port.parse::<u16>().is_ok());
    // A file that is not there may come: `cat /ready` is a way to say so.
    let lacks = told.is_some_and(|told| mentions(told.message(), &["executable file not found"]));
    has_name && !(lacks && probe.exec.is_some())
}

/// The time that a probe leaves from a container's start.
fn allowed(probe: &Probe) -> Duration {
    let seconds = |value: Option<i32>, default| u64::try_from(value.unwrap_or(default)).unwrap_or_default();
    let each = seconds(probe.period_seconds, 10);
    Duration::from_secs(seconds(probe.initial_delay_seconds, 0) + seconds(probe.failure_threshold, 3) * each)
}

fn told<'a>(scene: &Scene<'a>, container: &Container<'_>, says: &str) -> Option<Happening<'a>> {
    let mut all = scene.happenings(container.pod).iter();
    all.find(|told| {
        matches!(told.reason(), "Unhealthy" | "ProbeWarning" | "ProbeError")
            && told.concerns(container.name())
            && told.message().contains(says)
    })
    .copied()
}

fn with_probe(
    container: &Container<'_>,
    finding: Finding,
    kind: &str,
    probe: &Probe,
    told: Option<Happening<'_>>,
) -> Finding {
    let field = Evidence::field(format!("spec.containers[{}].{kind}", container.name()), question(probe));
    let finding = finding.with_evidence(field);
    let finding = match told {
        Some(told) => {
            finding.with_evidence(Evidence::Probe { answer: told.message().to_owned() }).with_evidence(told.evidence())
        }
        None => finding,
    };
    match undeclared(container, probe) {
        Some(port) => finding.with_hint(format!(
            "the probe asks port {port}, which the container does not declare: correct one of them"
        )),
        None => finding.with_hint("mend what the probe asks, correct the probe, or give it more time"),
    }
}

/// What a probe asks.
fn question(probe: &Probe) -> String {
    let port = |port: &IntOrString| match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => name.clone(),
    };
    let asks = if let Some(http) = &probe.http_get {
        format!("GET {} on port {}", http.path.as_deref().unwrap_or("/"), port(&http.port))
    } else if let Some(tcp) = &probe.tcp_socket {
        format!("connect to port {}", port(&tcp.port))
    } else if let Some(grpc) = &probe.grpc {
        format!("gRPC health on port {}", grpc.port)
    } else if let Some(exec) = &probe.exec {
        format!("run {}", exec.command.iter().flatten().cloned().collect::<Vec<_>>().join(" "))
    } else {
        "nothing".to_owned()
    };
    let threshold = probe.failure_threshold.unwrap_or(3);
    let (delay, period) = (probe.initial_delay_seconds.unwrap_or(0), probe.period_seconds.unwrap_or(10));
    format!("{asks}, every {period} s after {delay} s, failed after {threshold}")
}

/// The port that a probe asks, if the container declares ports and not that one.
fn undeclared(container: &Container<'_>, probe: &Probe) -> Option<String> {
    let http = probe.http_get.as_ref().map(|http| &http.port);
    let port = http.or(probe.tcp_socket.as_ref().map(|tcp| &tcp.port))?;
    let declared: Vec<_> = container.spec?.ports.iter().flatten().collect();
    match port {
        IntOrString::Int(number) => {
            let known = declared.is_empty() || declared.iter().any(|one| one.container_port == *number);
            (!known).then(|| number.to_string())
        }
        IntOrString::String(name) => {
            let known = declared.iter().any(|one| one.name.as_deref() == Some(name));
            (!known).then(|| name.clone())
        }
    }
}
