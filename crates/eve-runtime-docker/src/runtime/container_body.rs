//! A container as the engine takes it. Pure.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{
    ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HealthConfig, HostConfig, Mount, MountType,
    NetworkingConfig, PortBinding, RestartPolicy, RestartPolicyNameEnum,
};
use eve_core::desired::{HealthCheck, HostAccess, Probe, Protocol, Restart};
use eve_core::{ObjectName, OpCx, Result, Secret, VarName};

use super::container_spec::ContainerSpec;
use super::host_access::grant;
use crate::hardening;
use crate::labels;

/// A container as the engine takes it; `access` is what it is given of the host, `secrets` is how it comes to
/// those that it finds as files.
pub(super) fn container_body(
    spec: &ContainerSpec,
    access: &HostAccess,
    variables: &[(VarName, Secret)],
    mut written: HashMap<String, String>,
    network: &str,
    secrets: Vec<Mount>,
    cx: &OpCx,
) -> Result<ContainerCreateBody> {
    written.insert("com.docker.compose.container-number".to_owned(), (spec.replica + 1).to_string());
    let endpoint = EndpointSettings {
        ipam_config: Some(EndpointIpamConfig {
            ipv4_address: spec.address.map(|address| address.to_string()),
            ..EndpointIpamConfig::default()
        }),
        aliases: Some(vec![spec.service.to_string()]),
        ..EndpointSettings::default()
    };
    Ok(ContainerCreateBody {
        image: Some(spec.image.reference()),
        entrypoint: spec.entrypoint.clone(),
        cmd: spec.command.clone(),
        working_dir: spec.working_dir.clone(),
        env: Some(environment(spec, variables)),
        labels: Some(written),
        healthcheck: spec.health.as_ref().map(health),
        exposed_ports: Some(spec.ports.iter().map(port_key).collect()),
        stop_timeout: i64::try_from(spec.stop_grace.as_secs()).ok(),
        host_config: Some(host(spec, access, network, secrets, cx)?),
        networking_config: Some(NetworkingConfig {
            endpoints_config: Some(HashMap::from([(network.to_owned(), endpoint)])),
        }),
        ..ContainerCreateBody::default()
    })
}

/// The variables, with `PORT` for programs that ask where to listen, unless the manifest sets it.
fn environment(spec: &ContainerSpec, variables: &[(VarName, Secret)]) -> Vec<String> {
    let mut out: Vec<String> = variables.iter().map(|(name, text)| format!("{name}={}", text.expose())).collect();
    let told = variables.iter().any(|(name, _)| name.as_str() == "PORT");
    let first = spec.ports.iter().find(|port| port.protocol == Protocol::Tcp);
    if let (Some(port), false) = (first, told) {
        out.push(format!("PORT={}", port.number));
    }
    out
}

/// The engine's own health check: a command is left to it once it has passed; what is tried over the
/// network is not its matter, nor is then what the image says.
fn health(check: &HealthCheck) -> HealthConfig {
    let nanoseconds = |time: Duration| i64::try_from(time.as_nanos()).ok();
    match &check.probe {
        Probe::Command(argv) => HealthConfig {
            test: Some(std::iter::once("CMD".to_owned()).chain(argv.iter().cloned()).collect()),
            interval: nanoseconds(check.interval),
            timeout: nanoseconds(check.timeout),
            retries: Some(i64::from(check.retries.max(1))),
            start_period: nanoseconds(check.start_period),
            start_interval: None,
        },
        _ => HealthConfig { test: Some(vec!["NONE".to_owned()]), ..HealthConfig::default() },
    }
}

fn host(
    spec: &ContainerSpec,
    access: &HostAccess,
    network: &str,
    secrets: Vec<Mount>,
    cx: &OpCx,
) -> Result<HostConfig> {
    let restart = match spec.restart {
        Restart::Always => RestartPolicyNameEnum::UNLESS_STOPPED,
        Restart::OnFailure => RestartPolicyNameEnum::ON_FAILURE,
        _ => RestartPolicyNameEnum::NO,
    };
    let mut mounts = Vec::with_capacity(spec.mounts.len());
    for mount in &spec.mounts {
        let volume = ObjectName::new(mount.volume.as_str())?;
        mounts.push(Mount {
            typ: Some(MountType::VOLUME),
            source: Some(labels::engine_name(&cx.environment, &volume)),
            target: Some(mount.target.clone()),
            read_only: Some(mount.read_only),
            ..Mount::default()
        });
    }
    mounts.extend(secrets);
    let mut config = HostConfig {
        network_mode: Some(network.to_owned()),
        restart_policy: Some(RestartPolicy { name: Some(restart), maximum_retry_count: None }),
        port_bindings: Some(published(spec)),
        mounts: Some(mounts),
        ..hardening::host(&spec.bounds, &spec.resources)
    };
    grant(&mut config, access);
    Ok(config)
}

fn port_key(port: &eve_core::desired::Port) -> String {
    let protocol = if port.protocol == Protocol::Udp { "udp" } else { "tcp" };
    format!("{}/{protocol}", port.number)
}

fn published(spec: &ContainerSpec) -> HashMap<String, Option<Vec<PortBinding>>> {
    let mut out: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for port in &spec.ports {
        let Some(number) = port.published else { continue };
        let address = port.host.unwrap_or(spec.publish);
        let binding = PortBinding { host_ip: Some(address.to_string()), host_port: Some(number.to_string()) };
        out.entry(port_key(port)).or_default().get_or_insert_default().push(binding);
    }
    out
}
