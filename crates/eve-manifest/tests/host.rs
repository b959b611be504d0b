//! What services ask of the host, as Compose writes it.

use eve_core::desired::{HostAccess, HostNamespace, LinuxCapability, Unconfined};
use eve_core::{AbsolutePath, Desired, OrgName};
use eve_manifest::{Limits, Manifest, Problem, Problems, Target, Text};

fn target() -> Target {
    let target = Target::new(OrgName::new("acme").unwrap()).with_variable("DATA", "/srv/data");
    target.with_folder(AbsolutePath::new("/home/me/shop").unwrap())
}

/// A file with one service whose keys are these lines, from line 4 on.
fn read(lines: &str, target: &Target) -> Result<(Desired, Vec<Problem>), Problems> {
    let indented: String = lines.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    let text = format!("name: a\nservices:\n  web:\n{indented}    image: x\n");
    let lowered = Manifest::parse(Text { file: "c.yaml", text: &text }, &Limits::default())?.lower(target)?;
    let desired = lowered.project.environments.into_values().next().unwrap().desired;
    Ok((desired, lowered.warnings))
}

fn host(lines: &str) -> HostAccess {
    let (desired, _) = read(lines, &target()).unwrap_or_else(|problems| panic!("{problems}"));
    desired.services.into_values().next().unwrap().host
}

fn problems(lines: &str) -> Vec<String> {
    let found: Vec<Problem> = match read(lines, &target()) {
        Ok((_, warnings)) => warnings,
        Err(problems) => problems.into_iter().collect(),
    };
    found
        .iter()
        .map(|p| format!("{} {}:{}", p.code.as_str().rsplit('.').next().unwrap_or_default(), p.line, p.column))
        .collect()
}

#[test]
fn folders_of_the_host_are_written_short_or_as_mappings() {
    for (volume, source, target, read_only) in [
        ("'./conf:/etc/a:ro'", "/home/me/shop/conf", "/etc/a", true),
        ("'../shared:/s'", "/home/me/shared", "/s", false),
        ("'.:/app'", "/home/me/shop", "/app", false),
        ("'/srv//data/:/data/:rw'", "/srv/data", "/data", false),
        ("'${DATA}/x:/data:ro,rprivate'", "/srv/data/x", "/data", true),
        ("{ type: bind, source: /srv/data, target: /data }", "/srv/data", "/data", false),
        (
            "{ type: bind, source: ./conf, target: /c, read_only: true, bind: { propagation: rprivate } }",
            "/home/me/shop/conf",
            "/c",
            true,
        ),
        (
            "{ type: bind, source: conf, target: /c, bind: { create_host_path: false } }",
            "/home/me/shop/conf",
            "/c",
            false,
        ),
    ] {
        let binds = host(&format!("volumes: [{volume}]")).binds;
        let told = (binds[0].source.as_str(), binds[0].target.as_str(), binds[0].read_only);
        assert_eq!(told, (source, target, read_only), "{volume}");
    }
}

#[test]
fn volumes_may_be_written_as_mappings_and_stand_between_folders() {
    let lines = "volumes: ['a:/a', '/srv:/b', { type: volume, source: c, target: /c, read_only: true, volume: {} }]";
    let (desired, warnings) = read(lines, &target()).unwrap();
    let web = desired.services.values().next().unwrap();
    let mounts: Vec<_> = web.mounts.iter().map(|mount| (mount.volume.as_str(), mount.read_only)).collect();
    assert_eq!((mounts, web.host.binds.len(), warnings.len()), (vec![("a", false), ("c", true)], 1, 0));
    let at = |path: &str| desired.origins.of(&format!("services.web.{path}")).to_string();
    assert_eq!((at("mounts.1").as_str(), at("host.binds.0").as_str()), ("c.yaml:4:34", "c.yaml:4:23"));
}

#[test]
fn what_a_mount_cannot_be_is_refused_by_name() {
    let cases = [
        ("'~/a:/b'", "unsupported 4:15"),
        ("'C:\\a:/b'", "bad_value 4:15"),
        ("'a/b:/c'", "unsupported 4:15"),
        ("'/srv/../etc:/b'", "invalid 4:15"),
        ("'../../../../x:/b'", "invalid 4:15"),
        ("'/a:b'", "bad_value 4:15"),
        ("'/a:/'", "bad_value 4:15"),
        ("'/a:/b:ro:z'", "bad_value 4:15"),
        ("'/a:/b:ro,rw'", "bad_value 4:15"),
        ("'/a:/b:z'", "unsupported 4:15"),
        ("'/a:/b:rshared'", "unsupported 4:15"),
        ("'a:/b:nocopy'", "unsupported 4:15"),
        ("'/a:/b:cached'", "not_used 4:15"),
        ("{ type: tmpfs, target: /b }", "bad_value 4:23"),
        ("{ type: bind, target: /b }", "unsupported 4:15"),
        ("{ source: /a, target: /b }", "missing_key 4:15"),
        ("{ type: bind, source: /a, target: /b, volume: {} }", "conflict 4:61"),
        ("{ type: bind, source: /a, target: /b, bind: { selinux: z } }", "unsupported 4:61"),
        ("{ type: bind, source: /a, target: /b, bind: { propagation: shared } }", "unsupported 4:74"),
        ("{ type: bind, source: /a, target: /b, bind: { create_host_path: true } }", "not_used 4:79"),
    ];
    let found = cases.map(|(volume, _)| (volume, problems(&format!("volumes: [{volume}]")).join(", ")));
    assert_eq!(found, cases.map(|(volume, found)| (volume, found.to_owned())));
}

#[test]
fn a_relative_folder_needs_a_project_that_is_somewhere() {
    let nowhere = Target::new(OrgName::new("acme").unwrap());
    let problems = read("volumes: ['./a:/b', '/c:/d']", &nowhere).unwrap_err();
    let found: Vec<_> = problems.iter().map(|problem| (problem.code.as_str(), problem.column)).collect();
    assert_eq!(found, [("manifest.unknown_folder", 15)]);
}

#[test]
fn privileges_and_namespaces_arrive_with_their_places() {
    let lines =
        "privileged: true\nnetwork_mode: host\npid: host\nipc: host\nuts: host\nuserns_mode: host\ncgroup: host";
    let (desired, _) = read(lines, &target()).unwrap();
    let host = &desired.services.values().next().unwrap().host;
    assert!(host.privileged);
    assert_eq!(host.namespaces, HostNamespace::ALL.into());
    let at = |path: &str| desired.origins.of(&format!("services.web.host.{path}")).to_string();
    assert_eq!((at("privileged").as_str(), at("namespaces.user").as_str()), ("c.yaml:4:17", "c.yaml:9:18"));
    assert!(self::host("privileged: false").is_empty());
}

#[test]
fn capabilities_devices_and_protections_arrive() {
    let host = host(
        "cap_add: [NET_ADMIN, cap_sys_time]\ncap_drop: [ALL]\n\
         devices: [/dev/fuse, '/dev/a:/dev/b', '/dev/c:/dev/d:rw', '/dev/e:r', { source: /dev/f, permissions: mr }]\n\
         security_opt: ['no-new-privileges:true', seccomp=unconfined, 'apparmor:unconfined', 'label:disable']",
    );
    let added: Vec<_> = host.add_capabilities.iter().map(LinuxCapability::as_str).collect();
    assert_eq!(added, ["NET_ADMIN", "SYS_TIME"]);
    assert!(host.drop_capabilities.iter().all(LinuxCapability::is_all));
    let of = |device: &eve_core::desired::Device| format!("{}:{}:{}", device.source, device.target, device.permissions);
    let devices: Vec<_> = host.devices.iter().map(of).collect();
    let all =
        ["/dev/fuse:/dev/fuse:rwm", "/dev/a:/dev/b:rwm", "/dev/c:/dev/d:rw", "/dev/e:/dev/e:r", "/dev/f:/dev/f:rm"];
    assert_eq!(devices, all);
    assert!(host.no_new_privileges);
    assert_eq!(host.unconfined, [Unconfined::Seccomp, Unconfined::Apparmor, Unconfined::Label].into());
}

#[test]
fn what_is_not_honoured_is_refused_by_name() {
    for (lines, found) in [
        ("network_mode: none", "unsupported 4:19"),
        ("network_mode: 'container:a'", "unsupported 4:19"),
        ("pid: 'service:a'", "unsupported 4:10"),
        ("ipc: shareable", "unsupported 4:10"),
        ("cap_add: [NET_ADMIM]", "invalid 4:15"),
        ("cap_add: [KILL]\ncap_drop: [kill]", "conflict 4:15"),
        ("privileged: true\ncap_drop: [ALL]", "conflict 5:15"),
        ("devices: ['vendor.com/gpu=all']", "unsupported 4:15"),
        ("devices: [fuse]", "invalid 4:15"),
        ("devices: ['/dev/a:/dev/b:x']", "invalid 4:15"),
        ("devices: ['/dev/a:/dev/b:r:w']", "bad_value 4:15"),
        ("security_opt: ['seccomp:profile.json']", "unsupported 4:20"),
        ("security_opt: ['no-new-privileges:true', 'no-new-privileges:false']", "conflict 4:46"),
        ("gpus: all", "unsupported 4:5"),
        ("x-eve: { role: job }\npid: host", "unsupported 5:10"),
    ] {
        let told: Vec<String> = problems(lines).into_iter().filter(|told| !told.starts_with("never_run")).collect();
        assert_eq!(told, [found], "{lines}");
    }
}
