//! What a container is given of the host. Pure.

use std::collections::BTreeSet;

use bollard::models::{
    DeviceMapping, HostConfig, HostConfigCgroupnsModeEnum, Mount, MountBindOptions, MountBindOptionsPropagationEnum,
    MountType,
};
use eve_core::desired::{Bind, HostAccess, HostNamespace, LinuxCapability, Unconfined};

/// Gives a container what it asks for and may have, and takes what it gives up.
pub(super) fn grant(config: &mut HostConfig, access: &HostAccess) {
    config.privileged = Some(access.privileged);
    capabilities(config, access);
    for namespace in &access.namespaces {
        share(config, *namespace);
    }
    for what in &access.unconfined {
        unconfine(config, *what);
    }
    if !access.devices.is_empty() {
        let devices = access.devices.iter().map(|device| DeviceMapping {
            path_on_host: Some(device.source.to_string()),
            path_in_container: Some(device.target.to_string()),
            cgroup_permissions: Some(device.permissions.to_string()),
        });
        config.devices = Some(devices.collect());
    }
    config.mounts.get_or_insert_default().extend(access.binds.iter().map(mount));
}

/// What is mounted below a folder that may not be written could be written: engines before 25 make the
/// folder itself read-only and no more. So it is not shown there.
fn mount(bind: &Bind) -> Mount {
    let options = MountBindOptions {
        propagation: Some(MountBindOptionsPropagationEnum::RPRIVATE),
        non_recursive: bind.read_only.then_some(true),
        ..MountBindOptions::default()
    };
    Mount {
        typ: Some(MountType::BIND),
        source: Some(bind.source.to_string()),
        target: Some(bind.target.to_string()),
        read_only: Some(bind.read_only),
        bind_options: Some(options),
        ..Mount::default()
    }
}

/// Besides what every container loses, unless it is asked for by name. The engine lets a name that is both
/// dropped and added be added, but not where all are added.
fn capabilities(config: &mut HostConfig, access: &HostAccess) {
    let added = &access.add_capabilities;
    let asked = |name: &str| added.iter().any(|added| added.is_all() || added.as_str() == name);
    let mut dropped: BTreeSet<String> = config.cap_drop.take().unwrap_or_default().into_iter().collect();
    dropped.retain(|name| !asked(name));
    dropped.extend(access.drop_capabilities.iter().map(LinuxCapability::to_string));
    config.cap_drop = Some(dropped.into_iter().collect());
    if !added.is_empty() {
        config.cap_add = Some(added.iter().map(LinuxCapability::to_string).collect());
    }
}

fn share(config: &mut HostConfig, namespace: HostNamespace) {
    let host = Some("host".to_owned());
    match namespace {
        HostNamespace::Pid => config.pid_mode = host,
        HostNamespace::Ipc => config.ipc_mode = host,
        HostNamespace::Uts => config.uts_mode = host,
        HostNamespace::User => config.userns_mode = host,
        HostNamespace::Cgroup => config.cgroupns_mode = Some(HostConfigCgroupnsModeEnum::HOST),
        // Refused while planning.
        _ => {}
    }
}

fn unconfine(config: &mut HostConfig, what: Unconfined) {
    let options = config.security_opt.get_or_insert_default();
    match what {
        Unconfined::Seccomp => options.push("seccomp=unconfined".to_owned()),
        Unconfined::Apparmor => options.push("apparmor=unconfined".to_owned()),
        Unconfined::Label => options.push("label=disable".to_owned()),
        Unconfined::NewPrivileges => options.retain(|option| option != "no-new-privileges"),
        Unconfined::Systempaths => {
            config.masked_paths = Some(Vec::new());
            config.readonly_paths = Some(Vec::new());
        }
        // Refused while planning.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use eve_core::AbsolutePath;
    use eve_core::desired::{Device, Resources};

    use super::*;
    use crate::config::DockerConfig;
    use crate::hardening::{self, Bounds};

    fn granted(access: &HostAccess) -> HostConfig {
        let mut config = hardening::host(&Bounds::of(&DockerConfig::new()), &Resources::default());
        grant(&mut config, access);
        config
    }

    fn path(text: &str) -> AbsolutePath {
        AbsolutePath::new(text).unwrap()
    }

    fn names(names: &[&str]) -> BTreeSet<LinuxCapability> {
        names.iter().map(|name| LinuxCapability::new(*name).unwrap()).collect()
    }

    #[test]
    fn who_asks_for_nothing_is_as_hardened_as_ever() {
        let bounds = Bounds::of(&DockerConfig::new());
        let mut expected = hardening::host(&bounds, &Resources::default());
        expected.cap_drop.get_or_insert_default().sort();
        expected.mounts = Some(Vec::new());
        assert_eq!(granted(&HostAccess::default()), expected);
    }

    #[test]
    fn a_bind_is_as_it_was_asked_for() {
        let mut access = HostAccess::default();
        access.binds.push(Bind::new(path("/srv/a"), path("/a")));
        access.binds.push(Bind::new(path("/srv/b"), path("/b")).read_only());
        let mounts = granted(&access).mounts.unwrap();
        let told: Vec<_> = mounts.iter().map(|mount| (mount.source.as_deref(), mount.read_only)).collect();
        assert_eq!(told, [(Some("/srv/a"), Some(false)), (Some("/srv/b"), Some(true))]);
        let recursive: Vec<_> = mounts.iter().map(|mount| mount.bind_options.as_ref().unwrap().non_recursive).collect();
        assert_eq!(recursive, [None, Some(true)]);
    }

    #[test]
    fn capabilities_are_added_to_what_is_left_and_dropped_from_it() {
        let mut access = HostAccess::default();
        access.add_capabilities = names(&["NET_RAW", "NET_ADMIN"]);
        access.drop_capabilities = names(&["CHOWN"]);
        let config = granted(&access);
        assert_eq!(config.cap_add.unwrap(), ["NET_ADMIN", "NET_RAW"]);
        assert_eq!(config.cap_drop.unwrap(), ["AUDIT_WRITE", "CHOWN", "MKNOD", "SETFCAP", "SETPCAP"]);
        access.add_capabilities = names(&["ALL"]);
        assert_eq!(granted(&access).cap_drop.unwrap(), ["CHOWN"]);
    }

    #[test]
    fn namespaces_devices_and_protections_are_told_to_the_engine() {
        let mut access = HostAccess::default();
        access.privileged = true;
        access.namespaces = HostNamespace::ALL.into();
        access.unconfined = Unconfined::ALL.into();
        access.devices.push(Device::new(path("/dev/fuse")));
        let config = granted(&access);
        assert_eq!(config.privileged, Some(true));
        let modes = [config.pid_mode, config.ipc_mode, config.uts_mode, config.userns_mode];
        assert!(modes.iter().all(|mode| mode.as_deref() == Some("host")));
        assert_eq!(config.cgroupns_mode, Some(HostConfigCgroupnsModeEnum::HOST));
        assert_eq!(config.network_mode, None, "it is refused");
        assert_eq!(config.security_opt.unwrap(), ["seccomp=unconfined", "apparmor=unconfined", "label=disable"]);
        assert_eq!((config.masked_paths, config.readonly_paths), (Some(Vec::new()), Some(Vec::new())));
        let device = &config.devices.unwrap()[0];
        assert_eq!(
            (device.path_on_host.as_deref(), device.cgroup_permissions.as_deref()),
            (Some("/dev/fuse"), Some("rwm"))
        );
    }
}
