//! What the keys of a service come to.

use std::time::Duration;

use eve_core::desired::{Dependency, HealthCheck, Probe, Restart, Source};
use eve_core::{ByteSize, MilliCpu};

use crate::compose_file::{brief, file, lower, probe, read, service, target, words};

const CHAIN: &str = r#"services:
  s0:
    image: local/bb:1
    command: ["/bin/sh","-c","trap \"exit 0\" TERM; while :; do sleep 3600 & wait $$!; done"]
    stop_grace_period: 1s
    environment:
      A: "0"
    healthcheck:
      test: ["CMD","/bin/true"]
  s1:
    image: local/bb:1
    command: ["/bin/sh","-c","trap \"exit 0\" TERM; while :; do sleep 3600 & wait $$!; done"]
    stop_grace_period: 1s
    environment:
      A: "1"
    depends_on:
      s0:
        condition: service_healthy
"#;

#[test]
fn a_chain_of_services_is_what_compose_makes_of_it() {
    let desired = lower(CHAIN, &target());
    let script = r#"trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done"#;
    for (name, a) in [("s0", "0"), ("s1", "1")] {
        let service = &desired.services[&name.parse().unwrap()];
        assert!(matches!(&service.source, Source::Image(image) if image.as_str() == "local/bb:1"));
        assert_eq!(service.process.command, Some(words(&["/bin/sh", "-c", script])));
        assert_eq!(service.stop_grace, Duration::from_secs(1));
        assert_eq!(service.process.environment.values().next().unwrap().as_text(), Some(a));
    }
    let s0 = &desired.services[&"s0".parse().unwrap()];
    let mut health = HealthCheck::new(Probe::Command(words(&["/bin/true"])));
    (health.interval, health.timeout) = (Duration::from_secs(30), Duration::from_secs(30));
    assert_eq!(s0.health, Some(health));
    let s1 = &desired.services[&"s1".parse().unwrap()];
    assert_eq!((s1.health.as_ref(), s1.depends_on[&"s0".parse().unwrap()]), (None, Dependency::Healthy));
}

#[test]
fn health_checks_have_the_defaults_of_compose() {
    let times = |lines: &str| {
        let health = service(&format!("ports: [80]\n{lines}")).health.unwrap();
        (health.interval.as_secs(), health.timeout.as_secs(), health.retries, health.start_period.as_secs())
    };
    assert_eq!(times("healthcheck: { test: a }"), (30, 30, 3, 0));
    assert_eq!(times("healthcheck: { test: a, interval: 0s, timeout: 0s, retries: 0 }"), (30, 30, 3, 0));
    let all = "healthcheck: { test: a, interval: 1m30s, timeout: 2s, retries: 5, start_period: 4s }";
    assert_eq!(times(all), (90, 2, 5, 4));
    assert_eq!(times("x-eve: { health: { tcp: {} } }"), (10, 5, 3, 0));
}

#[test]
fn health_checks_are_read_in_every_form() {
    let command = |list: &[&str]| Some(Probe::Command(words(list)));
    let http = |port, path: &str| Some(Probe::Http { port: Some(port), path: path.to_owned() });
    assert_eq!(probe("[CMD, pg_isready, -q]", &[]), command(&["pg_isready", "-q"]));
    assert_eq!(probe("[CMD-SHELL, 'a | b']", &[]), command(&["/bin/sh", "-c", "a | b"]));
    assert_eq!(probe("a && b", &[]), command(&["/bin/sh", "-c", "a && b"]));
    assert_eq!(probe("[NONE]", &[]), Some(Probe::None));
    assert_eq!(probe("'curl -f http://localhost:${P}/h || exit 1'", &[("P", "80")]), http(80, "/h"));
    assert_eq!(probe("[CMD, wget, -q, '$URL']", &[("URL", "http://127.0.0.1/")]), http(80, "/"));
    let elsewhere = "curl http://localhost:$PORT/h";
    assert_eq!(probe("'curl http://localhost:$$PORT/h'", &[]), command(&["/bin/sh", "-c", elsewhere]));
}

#[test]
fn limits_are_read_in_every_spelling() {
    let limits = |lines: &str| {
        let limits = service(lines).resources.limits;
        (limits.cpu.map(MilliCpu::as_millis), limits.memory.map(ByteSize::as_bytes))
    };
    assert_eq!(limits("cpus: 1.5\nmem_limit: 512m"), (Some(1500), Some(512 << 20)));
    assert_eq!(limits("mem_limit: 1073741824"), (None, Some(1 << 30)));
    let deploy = "deploy: { resources: { limits: { cpus: '0.25', memory: 50M } } }";
    assert_eq!(limits(deploy), (Some(250), Some(50 << 20)));
    assert_eq!(limits(&format!("{deploy}\ncpus: 0.25\nmem_limit: 50m")), (Some(250), Some(50 << 20)));
    let found = brief(read(&file(&format!("{deploy}\ncpus: 1\nmem_limit: 1g")), &target()).unwrap_err());
    assert_eq!(found, ["conflict 5:11", "conflict 6:16"]);
    let promised = "deploy: { resources: { reservations: { memory: 2g } } }\nmem_limit: 1g";
    assert_eq!(brief(read(&file(promised), &target()).unwrap_err()), ["conflict 4:52"]);
}

#[test]
fn restart_policies_keep_their_meaning() {
    for (word, restart) in [
        ("always", Restart::Always),
        ("unless-stopped", Restart::Always),
        ("on-failure", Restart::OnFailure),
        ("'on-failure:3'", Restart::OnFailure),
        ("'no'", Restart::Never),
        ("no", Restart::Never),
    ] {
        assert_eq!(service(&format!("restart: {word}")).restart, restart, "{word}");
    }
}

#[test]
fn a_named_volume_is_mounted_by_its_name() {
    let text = "services:\n  db:\n    image: x\n    volumes: [data:/var/lib, 'logs:/logs:ro']\nvolumes:\n  data:\n  logs: {}\n";
    let desired = lower(text, &target());
    let mounts = &desired.services.values().next().unwrap().mounts;
    let brief: Vec<_> = mounts.iter().map(|m| (m.volume.as_str(), m.target.as_str(), m.read_only)).collect();
    assert_eq!(brief, [("data", "/var/lib", false), ("logs", "/logs", true)]);
}
