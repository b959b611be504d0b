//! What pods are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use eve_core::desired::{ImageRef, Limits, Protocol, Restart, Service, Source};
use eve_core::{Artifact, Bound, ByteSize, Error, MilliCpu, Result, ServiceName, Template, VarName, codes};
use serde_json::{Map, Value, json};

use super::environment::ACCOUNT;
use super::files::Files;
use super::probe::{probes, whole};
use super::secrets::Secrets;
use super::volume::claim_name;
use crate::api::Kind;
use crate::config::{K8sConfig, PodSecurity};

/// What containers may do by default and next to none needs: raw packets, device nodes, writing audit records,
/// setting file capabilities and process capabilities.
const DROPPED: [&str; 5] = ["NET_RAW", "MKNOD", "AUDIT_WRITE", "SETFCAP", "SETPCAP"];

/// The spec of a service's pods.
pub(crate) fn spec(
    config: &K8sConfig,
    service: &Service,
    kind: Kind,
    image: &str,
    variables: &BTreeMap<VarName, Template>,
    (files, secrets): (&Files, &Secrets),
) -> Result<Value> {
    let mut volumes: Vec<Value> = files.volumes.iter().chain(&secrets.volumes).cloned().collect();
    let mut mounts: Vec<Value> = files.mounts.iter().chain(&secrets.mounts).cloned().collect();
    for (at, mount) in service.mounts.iter().enumerate() {
        let name = format!("volume-{at}");
        let claim = json!({ "claimName": claim_name(&mount.volume)? });
        volumes.push(json!({ "name": name, "persistentVolumeClaim": claim }));
        mounts.push(json!({ "name": name, "mountPath": mount.target, "readOnly": mount.read_only }));
    }
    let mut container = Map::new();
    let mut put = |key: &str, value: Value| drop(container.insert(key.to_owned(), value));
    put("name", json!("main"));
    put("image", json!(image));
    put("imagePullPolicy", json!("IfNotPresent"));
    if let Some(entrypoint) = &service.process.entrypoint {
        put("command", json!(literal(entrypoint)));
    }
    if let Some(command) = &service.process.command {
        put("args", json!(literal(command)));
    }
    if let Some(dir) = &service.process.working_dir {
        put("workingDir", json!(dir));
    }
    let env = env(service, variables, secrets);
    if !env.is_empty() {
        put("env", json!(env));
    }
    if !service.ports.is_empty() {
        let port = |port: &eve_core::desired::Port| json!({ "containerPort": port.number, "protocol": protocol(port.protocol) });
        put("ports", json!(service.ports.iter().map(port).collect::<Vec<_>>()));
    }
    let resources = resources(service);
    if resources.as_object().is_some_and(|some| !some.is_empty()) {
        put("resources", resources);
    }
    if !mounts.is_empty() {
        put("volumeMounts", json!(mounts));
    }
    put("securityContext", security(config, service));
    // It goes on answering until everybody has heard that it is to end.
    let serves = !service.ports.is_empty() && kind != Kind::Job && !config.pre_stop.is_zero();
    if serves {
        put("lifecycle", json!({ "preStop": { "sleep": { "seconds": whole(config.pre_stop) } } }));
    }
    container.extend(probes(service));
    let grace = service.stop_grace + if serves { config.pre_stop } else { Duration::ZERO };
    let mut spec = json!({
        "containers": [container],
        "serviceAccountName": ACCOUNT,
        "automountServiceAccountToken": false,
        // Addresses of services are handed over by name: hundreds of variables more help nobody.
        "enableServiceLinks": false,
        "terminationGracePeriodSeconds": whole(grace),
        "restartPolicy": restart_policy(service.restart),
    });
    if config.pod_security == PodSecurity::Restricted {
        spec["securityContext"] = json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } });
    }
    if !volumes.is_empty() {
        spec["volumes"] = json!(volumes);
    }
    Ok(spec)
}

fn restart_policy(restart: Restart) -> &'static str {
    match restart {
        Restart::Never => "Never",
        Restart::OnFailure => "OnFailure",
        _ => "Always",
    }
}

/// The image of a service, as the cluster pulls it.
///
/// # Errors
/// `release.no_artifact`, `plan.refused`.
pub(super) fn image(name: &ServiceName, service: &Service, want: &Bound) -> Result<String> {
    match (want.artifacts.get(name), &service.source) {
        (Some(artifact @ Artifact::Image { .. }), _) => Ok(artifact.to_string()),
        (Some(artifact), _) => {
            let text = format!("{artifact} of {name} is in no registry that a cluster pulls from");
            Err(Error::invalid(codes::PLAN_REFUSED, text).with_hint("push it to a registry, or name an image"))
        }
        (None, Source::Image(image)) => Ok(ImageRef::to_string(image)),
        (None, _) => {
            let text = format!("{name} has no artifact in this release");
            Err(Error::not_found(codes::RELEASE_NO_ARTIFACT, text).with_hint("build the release again"))
        }
    }
}

/// The cluster fills in `$(NAME)` by itself, and takes `$$` for `$`: what is meant literally is written so.
pub(super) fn literal(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.replace('$', "$$")).collect()
}

/// The variables, and where to listen: the same on every backend.
fn env(service: &Service, variables: &BTreeMap<VarName, Template>, secrets: &Secrets) -> Vec<Value> {
    let one = |(name, template): (&VarName, &Template)| match secrets.reference(name) {
        Some(reference) => json!({ "name": name, "valueFrom": reference }),
        None => json!({ "name": name, "value": template.as_text().unwrap_or_default().replace('$', "$$") }),
    };
    let is_told = variables.keys().any(|name| name.as_str() == "PORT");
    let tcp = service.ports.iter().find(|port| port.protocol == Protocol::Tcp);
    let port = tcp.filter(|_| !is_told);
    let port = port.map(|port| json!({ "name": "PORT", "value": port.number.to_string() }));
    variables.iter().map(one).chain(port).collect()
}

/// A transport, as the cluster names it.
pub(super) fn protocol(protocol: Protocol) -> &'static str {
    if protocol == Protocol::Udp { "UDP" } else { "TCP" }
}

fn resources(service: &Service) -> Value {
    let amounts = |limits: &Limits| {
        let cpu = limits.cpu.map(|cpu: MilliCpu| ("cpu", format!("{}m", cpu.as_millis())));
        let memory = limits.memory.map(|memory: ByteSize| ("memory", memory.as_bytes().to_string()));
        cpu.into_iter().chain(memory).collect::<BTreeMap<_, _>>()
    };
    let both = [("requests", amounts(&service.resources.requests)), ("limits", amounts(&service.resources.limits))];
    json!(both.into_iter().filter(|(_, amounts)| !amounts.is_empty()).collect::<BTreeMap<_, _>>())
}

fn security(config: &K8sConfig, service: &Service) -> Value {
    let all = config.pod_security == PodSecurity::Restricted;
    let own = service.host.drop_capabilities.iter().map(ToString::to_string);
    let drop: BTreeSet<String> = if all {
        BTreeSet::from(["ALL".to_owned()])
    } else {
        DROPPED.map(str::to_owned).into_iter().chain(own).collect()
    };
    let mut context = json!({ "allowPrivilegeEscalation": false, "capabilities": { "drop": drop } });
    if config.pod_security != PodSecurity::Privileged {
        context["seccompProfile"] = json!({ "type": "RuntimeDefault" });
    }
    context
}
