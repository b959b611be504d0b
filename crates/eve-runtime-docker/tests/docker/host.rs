//! What containers are given of the host, and what they are not.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eve_core::desired::{Bind, Device, HealthCheck, HostNamespace, LinuxCapability, Probe, Service};
use eve_core::{AbsolutePath, Bound, ErrorKind, LossGrade, Policy, Result, Runtime as _, codes};

use crate::place::Place;
use crate::programs::{serves, shell};

fn path(text: impl AsRef<Path>) -> AbsolutePath {
    AbsolutePath::new(text.as_ref().to_str().expect("it is text")).expect("a valid path")
}

/// A folder of the host, without links in its path.
fn folder() -> (tempfile::TempDir, AbsolutePath) {
    let dir = tempfile::tempdir().expect("there is room for a folder");
    let real = dir.path().canonicalize().expect("it is there");
    (dir, path(real))
}

/// Ready once this command ends with 0 inside it.
fn until(text: &str) -> Service {
    let mut service = shell("sleep 1000 & wait $!");
    service.ports.clear();
    let mut health = HealthCheck::new(Probe::Command(["/bin/sh", "-c", text].map(str::to_owned).into()));
    health.interval = Duration::from_secs(1);
    service.health = Some(health);
    service
}

async fn ensure(place: &Place, want: &Bound, policy: Policy) -> Result<()> {
    let policy = Arc::new(policy);
    for op in &place.plan(want).await.ensure {
        place.perform_under(op, Arc::clone(&policy)).await?;
    }
    Ok(())
}

async fn has_no_container(place: &Place) -> bool {
    let seen = place.runtime.observe(&place.id).await.expect("it can be observed");
    seen.objects.iter().all(|object| object.service.is_none())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn an_allowed_folder_is_seen_and_is_read_only_where_that_is_asked_for() {
    let place = Place::open().await;
    let (dir, root) = folder();
    fs::create_dir_all(dir.path().join("read")).expect("it can be made");
    fs::create_dir_all(dir.path().join("write")).expect("it can be made");
    fs::write(dir.path().join("read/row"), "1").expect("it can be written");
    let mut web = until("grep -q 1 /r/row && ! touch /r/new && echo 2 > /w/row");
    web.host.binds.push(Bind::new(root.join("read").expect("valid"), path("/r")).read_only());
    web.host.binds.push(Bind::new(root.join("write").expect("valid"), path("/w")));
    let want = place.want(&[("web", web)]);
    let losses = place.plan(&want).await.losses;
    assert!(losses.iter().any(|loss| loss.path == "services.web.host.binds.0"), "{losses:?}");
    ensure(&place, &want, Policy::deny().with_writable(root)).await.expect("it is allowed");
    place.until("it to be ready", |seen| seen.ours().any(|one| one.service.is_some() && one.state.is_ready())).await;
    assert_eq!(fs::read_to_string(dir.path().join("write/row")).expect("it was written"), "2\n");
    assert!(!dir.path().join("read/new").exists());
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: networks are made"]
async fn what_is_not_allowed_makes_no_container() {
    type Ask = fn(&mut Service, &AbsolutePath);
    let place = Place::open().await;
    let (_dir, root) = folder();
    let socket = place.engine.socket();
    let readable = Policy::deny().with_readable(path("/"));
    let asks: [(Ask, &AbsolutePath, Policy, eve_core::Code); 5] = [
        (bind, &root, Policy::deny(), codes::POLICY_HOST_MOUNT),
        (bind, &root, Policy::deny().with_readable(root.clone()), codes::POLICY_HOST_MOUNT),
        (bind_to_read, &socket, readable.clone(), codes::POLICY_ENGINE_SOCKET),
        (|web, _| web.host.privileged = true, &root, readable, codes::POLICY_PRIVILEGED),
        (|web, _| web.host.devices.push(Device::new(path("/dev/kmsg"))), &root, Policy::deny(), codes::POLICY_DEVICE),
    ];
    for (ask, at, policy, code) in asks {
        let mut web = serves();
        ask(&mut web, at);
        let error = ensure(&place, &place.want(&[("web", web)]), policy).await.expect_err("it is not allowed");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Denied, &code), "{}", error.chain());
        assert!(has_no_container(&place).await);
    }
    place.close().await;
}

fn bind(service: &mut Service, source: &AbsolutePath) {
    service.host.binds.push(Bind::new(source.clone(), path("/x")));
}

fn bind_to_read(service: &mut Service, source: &AbsolutePath) {
    service.host.binds.push(Bind::new(source.clone(), path("/x")).read_only());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn a_link_that_leads_out_is_refused_and_one_that_stays_is_followed() {
    let place = Place::open().await;
    let (dir, root) = folder();
    fs::create_dir_all(dir.path().join("in")).expect("it can be made");
    symlink("/etc", dir.path().join("out")).expect("it can be made");
    symlink("in", dir.path().join("stays")).expect("it can be made");
    let policy = Policy::deny().with_writable(root.clone());
    let with = |name: &str| {
        let mut web = serves();
        bind(&mut web, &root.join(name).expect("valid"));
        place.want(&[("web", web)])
    };
    let error = ensure(&place, &with("out"), policy.clone()).await.expect_err("it leads out");
    assert_eq!(error.code(), &codes::POLICY_HOST_MOUNT);
    assert!(error.chain().contains("behind links that is /etc"), "{}", error.chain());
    let error = ensure(&place, &with("nothing"), policy.clone()).await.expect_err("it is not there");
    assert_eq!(error.code(), &codes::HOST_PATH_MISSING);
    assert!(has_no_container(&place).await && !dir.path().join("nothing").exists());
    ensure(&place, &with("stays"), policy).await.expect("it stays");
    let mounts = place.container("web").await.host_config.and_then(|host| host.mounts).expect("it has a mount");
    assert_eq!(mounts[0].source.as_deref(), Some(root.join("in").expect("valid").as_str()));
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn privileges_namespaces_and_devices_are_what_was_asked_for() {
    let place = Place::open().await;
    let mut some = until("test -e /dev/other && ip link set eth0 mtu 1400 && ! grep -q sleep /proc/1/cmdline");
    some.host.namespaces = [HostNamespace::Pid, HostNamespace::Ipc, HostNamespace::Uts].into();
    some.host.add_capabilities.insert(LinuxCapability::new("NET_ADMIN").expect("the kernel has it"));
    some.host.drop_capabilities.insert(LinuxCapability::new("CHOWN").expect("the kernel has it"));
    let mut device = Device::new(path("/dev/null"));
    device.target = path("/dev/other");
    some.host.devices.push(device);
    let policy = [HostNamespace::Pid, HostNamespace::Ipc, HostNamespace::Uts]
        .into_iter()
        .fold(Policy::deny(), Policy::with_namespace)
        .with_capability(LinuxCapability::new("NET_ADMIN").expect("the kernel has it"))
        .with_device(path("/dev/null"));
    ensure(&place, &place.want(&[("some", some)]), policy).await.expect("it is allowed");
    let host = place.container("some").await.host_config.expect("the engine tells of it");
    assert_eq!((host.privileged, host.cap_add), (Some(false), Some(vec!["NET_ADMIN".to_owned()])));
    assert!(host.cap_drop.expect("it has some").contains(&"CHOWN".to_owned()));
    assert_eq!(
        (host.pid_mode.as_deref(), host.ipc_mode.as_deref(), host.uts_mode.as_deref()),
        (Some("host"), Some("host"), Some("host"))
    );
    place.until("it to be ready", |seen| seen.ours().any(|one| one.service.is_some() && one.state.is_ready())).await;
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: the engine is looked at"]
async fn the_network_of_the_host_is_refused_with_the_reason() {
    let place = Place::open().await;
    let mut web = serves();
    web.host.namespaces.insert(HostNamespace::Network);
    let losses = place.plan(&place.want(&[("web", web)])).await.losses;
    let found: Vec<_> = losses.iter().map(|loss| (loss.path.as_str(), loss.grade)).collect();
    assert_eq!(found, [("services.web.host.namespaces.network", LossGrade::Refused)]);
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs docker: containers are made"]
async fn who_may_be_privileged_is() {
    let place = Place::open().await;
    let mut web = serves();
    web.host.privileged = true;
    let made = ensure(&place, &place.want(&[("web", web)]), Policy::deny().with_privileged()).await;
    if machine_has_every_capability() {
        made.expect("it is allowed");
        let host = place.container("web").await.host_config.expect("the engine tells of it");
        assert_eq!(host.privileged, Some(true));
    } else {
        // It is asked to give what this machine has not itself.
        let error = made.expect_err("not every capability can be given");
        assert_eq!(error.code(), &codes::WORKLOAD_CANNOT_START);
        assert!(error.chain().contains("unable to apply caps"), "{}", error.chain());
        assert!(has_no_container(&place).await);
    }
    place.close().await;
}

/// True unless the tests run where some are taken away, as inside of another container.
fn machine_has_every_capability() -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("there is a /proc");
    let bound = status.lines().find_map(|line| line.strip_prefix("CapBnd:")).expect("it tells of capabilities");
    let last = fs::read_to_string("/proc/sys/kernel/cap_last_cap").expect("the kernel tells of it");
    let last: u32 = last.trim().parse().expect("it is a number");
    u64::from_str_radix(bound.trim(), 16).is_ok_and(|bound| bound.count_ones() == last + 1)
}
