//! What performing promises of the host's policy.

use std::sync::Arc;

use eve_core::desired::{Bind, Device, HostNamespace, LinuxCapability, Service};
use eve_core::{AbsolutePath, ErrorKind, Policy};

use super::scene::Scene;
use crate::Outcome;
use crate::failure::{Failure, ensure, ensure_eq};

pub(super) async fn what_the_policy_forbids_is_not_made(scene: &Scene) -> Outcome {
    for (what, ask) in claimed(scene) {
        let mut service = scene.harness.serves_http();
        ask(&mut service);
        let changes = scene.plan(&scene.want(service)).await?;
        let mut refused = false;
        for op in &changes.ensure {
            let done = scene.perform(op).await;
            if op.service.is_none() {
                done?;
                continue;
            }
            let Err(error) = done else { return Err(Failure::new(format!("a workload with {what} was made"))) };
            ensure_eq!(error.kind(), ErrorKind::Denied, "{what} is refused as another kind of error");
            ensure!(error.code().as_str().starts_with("policy."), "{what} is refused with {}", error.code());
            refused = true;
        }
        ensure!(refused, "the plan makes no workload with {what}");
        let seen = scene.runtime.observe(&scene.environment).await?;
        ensure!(seen.objects.iter().all(|object| object.service.is_none()), "{what} left something: {seen:?}");
    }
    Ok(())
}

pub(super) async fn what_the_policy_allows_is_made(scene: &Scene) -> Outcome {
    // Not every machine can give everything, so that nothing here is privileged.
    let policy = Policy::deny()
        .with_namespace(HostNamespace::Pid)
        .with_capability(LinuxCapability::new("NET_ADMIN")?)
        .with_readable(path("/usr"));
    let policy = Arc::new(policy);
    let mut service = scene.harness.serves_http();
    for (_, ask) in claimed(scene) {
        ask(&mut service);
    }
    service.host.privileged = false;
    let asks = !service.host.is_empty();
    let changes = scene.plan(&scene.want(service)).await?;
    let without = scene.plan(&scene.want(scene.harness.serves_http())).await?;
    ensure!(!asks || changes.instances != without.instances, "what is asked of the host is no part of the hash");
    for op in &changes.ensure {
        let cx = scene.cx(&scene.environment, op).with_policy(Arc::clone(&policy));
        scene.runtime.perform(op, &cx).await?;
    }
    let seen = scene.runtime.observe(&scene.environment).await?;
    ensure!(seen.ours().any(|object| object.service.is_some()), "nothing was made: {seen:?}");
    Ok(())
}

type Ask = fn(&mut Service);

/// What the runtime claims that a policy has to allow.
fn claimed(scene: &Scene) -> Vec<(&'static str, Ask)> {
    let asks: [(&str, bool, Ask); 4] = [
        ("a folder of the host", scene.can.host_paths, binds),
        ("a privilege on the host", scene.can.host_privileges, is_privileged),
        ("a capability", scene.can.host_privileges, has_a_capability),
        ("a namespace of the host", scene.can.host_namespaces, shares_processes),
    ];
    asks.into_iter().filter(|(_, claimed, _)| *claimed).map(|(what, _, ask)| (what, ask)).collect()
}

pub(super) fn binds(service: &mut Service) {
    service.host.binds.push(Bind::new(path("/usr"), path("/of-the-host")).read_only());
}

pub(super) fn uses_a_device(service: &mut Service) {
    service.host.devices.push(Device::new(path("/dev/null")));
}

pub(super) fn is_privileged(service: &mut Service) {
    service.host.privileged = true;
}

pub(super) fn has_a_capability(service: &mut Service) {
    let name = LinuxCapability::new("NET_ADMIN").expect("the kernel has it");
    service.host.add_capabilities.insert(name);
}

pub(super) fn shares_processes(service: &mut Service) {
    service.host.namespaces.insert(HostNamespace::Pid);
}

fn path(text: &str) -> AbsolutePath {
    AbsolutePath::new(text).expect("the suite's paths are valid")
}
