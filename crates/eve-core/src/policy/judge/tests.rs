use proptest::prelude::*;

use super::*;
use crate::desired::{HostNamespace, LinuxCapability, Unconfined};
use crate::policy::Refusals;
use crate::{Error, ErrorKind, Origin};

fn path(text: &str) -> AbsolutePath {
    AbsolutePath::new(text).unwrap()
}

fn policy(allowed: &[&str]) -> Policy {
    allowed.iter().map(|text| text.parse::<Allowance>().unwrap()).collect()
}

/// A bind of the host; one that begins with `!` is to be written.
fn binds(sources: &[&str]) -> HostAccess {
    let mut access = HostAccess::default();
    for source in sources {
        let bind = Bind::new(path(source.trim_start_matches('!')), path("/x"));
        access.binds.push(if source.starts_with('!') { bind } else { bind.read_only() });
    }
    access
}

fn refusals(policy: &Policy, access: &HostAccess, links: &Links) -> Vec<Refusal> {
    judge_service(policy, &ServiceName::new("web").unwrap(), access, &Origins::default(), links)
}

fn needs(allowed: &[&str], access: &HostAccess) -> Vec<String> {
    refusals(&policy(allowed), access, &Links::default()).iter().map(|refusal| refusal.needs.to_string()).collect()
}

#[test]
fn nothing_is_allowed_unless_somebody_says_so() {
    let mut access = binds(&["/etc", "!/srv/data"]);
    access.privileged = true;
    access.namespaces = HostNamespace::ALL.into();
    access.add_capabilities.insert(LinuxCapability::new("SYS_ADMIN").unwrap());
    access.devices.push(Device::new(path("/dev/fuse")));
    access.unconfined = Unconfined::ALL.into();
    let found = needs(&[], &access);
    assert_eq!(
        found,
        [
            "bind=/etc:ro",
            "bind=/srv/data:rw",
            "privileged",
            "namespace=network",
            "namespace=pid",
            "namespace=ipc",
            "namespace=uts",
            "namespace=user",
            "namespace=cgroup",
            "capability=SYS_ADMIN",
            "device=/dev/fuse",
            "unconfined=seccomp",
            "unconfined=apparmor",
            "unconfined=label",
            "unconfined=systempaths",
            "unconfined=new-privileges",
        ]
    );
    let all: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(needs(&all, &access), [""; 0], "what a refusal asks for permits it");
}

#[test]
fn asking_for_nothing_is_never_refused() {
    let mut access = HostAccess::default();
    access.drop_capabilities.insert(LinuxCapability::all());
    access.add_capabilities.insert(LinuxCapability::new("NET_BIND_SERVICE").unwrap());
    access.no_new_privileges = true;
    assert_eq!(needs(&[], &access), [""; 0]);
}

#[test]
fn a_folder_is_allowed_with_what_is_below_it_and_no_further() {
    let allowed = ["bind=/srv/data"];
    assert_eq!(needs(&allowed, &binds(&["/srv/data", "/srv/data/a/b"])), [""; 0]);
    assert_eq!(needs(&allowed, &binds(&["/srv/data2", "/srv", "/"])).len(), 4, "and the root holds a socket, too");
    assert_eq!(needs(&allowed, &binds(&["!/srv/data/a"])), ["bind=/srv/data/a:rw"]);
    assert_eq!(needs(&["bind=/srv/data", "bind=/srv/data/a:rw"], &binds(&["!/srv/data/a/b"])), [""; 0]);
}

#[test]
fn an_engines_socket_is_no_folder_like_others() {
    assert_eq!(needs(&["bind=/:rw"], &binds(&["/var/run/docker.sock"])), ["engine-socket"]);
    assert_eq!(needs(&["bind=/:rw"], &binds(&["/"])), ["engine-socket"]);
    assert_eq!(needs(&["engine-socket"], &binds(&["!/run/docker.sock"])), [""; 0]);
    assert_eq!(needs(&["engine-socket"], &binds(&["/run"])), ["bind=/run:ro"]);
    assert_eq!(needs(&["engine-socket"], &binds(&["/mnt/docker.sock"])), ["bind=/mnt/docker.sock:ro"]);
    let own = policy(&["bind=/srv:rw"]).with_engine_place(path("/srv/shop/.eve/state"));
    for held in ["/srv/shop", "/srv/shop/.eve/state/secrets"] {
        let found = refusals(&own, &binds(&[held]), &Links::default());
        assert_eq!(found[0].code, codes::POLICY_ENGINE_SOCKET, "{held}");
    }
    assert_eq!(refusals(&own, &binds(&["/srv/shop/web"]), &Links::default()), []);
}

#[test]
fn what_a_link_leads_to_is_judged_as_well() {
    let mut links = Links::default();
    links.insert(path("/srv/data/out"), path("/etc"));
    links.insert(path("/srv/data/in"), path("/srv/data/a"));
    links.insert(path("/srv/data/sock"), path("/run/docker.sock"));
    links.insert(path("/var/run/docker.sock"), path("/etc/shadow"));
    links.insert(path("/dev/mine"), path("/dev/sda"));
    let allowed = policy(&["bind=/srv/data:rw", "device=/dev/mine"]);
    let out = refusals(&allowed, &binds(&["/srv/data/out", "/srv/data/in", "/srv/data/sock"]), &links);
    let told: Vec<_> = out.iter().map(|refusal| (refusal.code.as_str(), refusal.real.clone().unwrap())).collect();
    assert_eq!(told, [("policy.host_mount", path("/etc")), ("policy.engine_socket", path("/run/docker.sock"))]);
    let sockets = policy(&["engine-socket"]);
    assert_eq!(
        refusals(&sockets, &binds(&["/var/run/docker.sock"]), &links)[0].needs.to_string(),
        "bind=/etc/shadow:ro"
    );
    let mut access = HostAccess::default();
    access.devices.push(Device::new(path("/dev/mine")));
    assert_eq!(refusals(&allowed, &access, &links)[0].needs.to_string(), "device=/dev/sda");
    assert_eq!(refusals(&allowed, &binds(&["/etc"]), &links)[0].real, None);
}

#[test]
fn who_may_be_privileged_needs_nothing_for_what_that_gives() {
    let mut access = binds(&["/etc"]);
    access.privileged = true;
    access.namespaces.insert(HostNamespace::Pid);
    access.add_capabilities.insert(LinuxCapability::all());
    access.devices.push(Device::new(path("/dev/kvm")));
    access.unconfined = Unconfined::ALL.into();
    let left = ["bind=/etc:ro", "namespace=pid", "unconfined=new-privileges"];
    assert_eq!(needs(&["privileged"], &access), left);
    access.privileged = false;
    assert_eq!(needs(&["privileged"], &access).len(), 3 + 6, "the allowance alone gives nothing");
}

#[test]
fn all_capabilities_are_more_than_each_of_them() {
    let mut access = HostAccess::default();
    access.add_capabilities.insert(LinuxCapability::all());
    assert_eq!(needs(&["capability=NET_ADMIN"], &access), ["capability=ALL"]);
    access.add_capabilities = [LinuxCapability::new("NET_ADMIN").unwrap()].into();
    assert_eq!(needs(&["capability=ALL"], &access), [""; 0]);
}

#[test]
fn a_refusal_tells_place_code_and_what_would_permit_it() {
    let mut origins = Origins::default();
    origins.insert("services.web.host.binds.0", Origin::File { file: "m.yaml".into(), line: 7, column: 9 });
    let web = ServiceName::new("web").unwrap();
    let mut access = binds(&["!/etc"]);
    let found = judge_service(&Policy::deny(), &web, &access, &origins, &Links::default());
    assert_eq!(
        found[0].to_string(),
        "m.yaml:7:9: web binds /etc of the host, to write it (policy.host_mount; needs bind=/etc:rw)"
    );
    let error = Refusals::check(found).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Denied, &codes::POLICY_HOST_MOUNT));
    assert!(!error.is_retryable());
    access.privileged = true;
    let found = judge_service(&Policy::deny(), &web, &access, &origins, &Links::default());
    let error: Error = Refusals::check(found).unwrap_err();
    assert_eq!(error.code(), &codes::POLICY_DENIED);
    assert!(error.hint().unwrap().ends_with("bind=/etc:rw, privileged"), "{error:?}");
    assert!(error.chain().contains("m.yaml:7:9") && error.chain().contains("policy.privileged"), "{}", error.chain());
    Refusals::check(Vec::new()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_bind_is_allowed_exactly_below_an_allowed_folder(
        asked in "/s(/[ab]{1,2}){0,3}", allowed in "/s(/[ab]{1,2}){0,3}", reads in any::<bool>(), write in any::<bool>(),
    ) {
        let (asked, allowed) = (path(&asked), path(&allowed));
        let bind = Bind::new(asked.clone(), path("/x"));
        let mut access = HostAccess::default();
        access.binds.push(if reads { bind.read_only() } else { bind });
        let policy = Policy::deny().with(Allowance::Bind { path: allowed.clone(), write });
        let found = refusals(&policy, &access, &Links::default());
        prop_assert_eq!(found.is_empty(), asked.is_within(&allowed) && (write || reads));
    }

    #[test]
    fn what_refusals_ask_for_permits_what_they_refuse(sources in prop::collection::vec("!?/(run|etc|srv)(/docker[.]sock|/a)?", 0..4)) {
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        let access = binds(&sources);
        let needed = refusals(&Policy::deny(), &access, &Links::default()).into_iter().map(|refusal| refusal.needs);
        prop_assert_eq!(refusals(&needed.collect(), &access, &Links::default()), vec![]);
    }
}
