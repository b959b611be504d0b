//! How the cluster tells that a pod can do its work.

use std::time::Duration;

use eve_core::desired::{HealthCheck, Probe, Protocol, Service};
use serde_json::{Map, Value, json};

use super::pod::literal;

/// As often as a cluster tries.
const AT_ONCE: Duration = Duration::from_secs(1);

/// The probes of a container. Until it first passes, it is tried every second; a failure after that only takes
/// traffic away: nobody asked for it to be ended.
///
/// A cluster tries whether a pod is ready as soon as its program runs, and whether it has started only with its next tick: where
/// that alone tells enough, nothing else is asked.
pub(super) fn probes(service: &Service) -> Map<String, Value> {
    let mut out = Map::new();
    let tcp = service.ports.iter().find(|port| port.protocol == Protocol::Tcp).map(|port| port.number);
    let health = service.health.as_ref().filter(|health| health.probe != Probe::None);
    let handler = match health.map(|health| &health.probe) {
        Some(Probe::Http { port, path }) => {
            port.or(tcp).map(|port| json!({ "httpGet": { "path": path, "port": port } }))
        }
        Some(Probe::Tcp { port }) => port.or(tcp).map(|port| json!({ "tcpSocket": { "port": port } })),
        Some(Probe::Command(argv)) => Some(json!({ "exec": { "command": literal(argv) } })),
        // A listening port has to be enough.
        None => tcp.map(|port| json!({ "tcpSocket": { "port": port } })),
        Some(_) => None,
    };
    let Some(handler) = handler else { return out };
    let defaults = HealthCheck::new(Probe::None);
    let Some(health) = health.filter(|health| health.interval > AT_ONCE) else {
        let health = health.unwrap_or(&defaults);
        // As long as it takes to try as often as was asked for.
        let tries = u64::from(health.retries.max(1)) * whole(health.interval);
        out.insert("readinessProbe".to_owned(), probe(&handler, AT_ONCE, health.timeout, tries));
        return out;
    };
    let tries = service.rollout.ready_within.max(health.start_period).as_secs().max(1);
    out.insert("startupProbe".to_owned(), probe(&handler, AT_ONCE, health.timeout, tries));
    let retries = u64::from(health.retries.max(1));
    out.insert("readinessProbe".to_owned(), probe(&handler, health.interval, health.timeout, retries));
    out
}

fn probe(handler: &Value, every: Duration, timeout: Duration, failures: u64) -> Value {
    let mut probe = handler.clone();
    probe["periodSeconds"] = json!(whole(every));
    probe["timeoutSeconds"] = json!(whole(timeout));
    probe["failureThreshold"] = json!(failures.min(i32::MAX.unsigned_abs().into()));
    probe
}

/// Whole seconds, at least one: the cluster knows no less.
pub(crate) fn whole(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}
