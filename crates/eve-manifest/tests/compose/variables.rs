//! Variables and dollars, in every value.

use std::time::Duration;

use eve_core::desired::{Dependency, Probe, Protocol, Restart, Source};
use eve_core::{OrgName, SourcePath};
use eve_manifest::{Limits, Manifest, Target, Text, codes};

use crate::compose_file::{brief, file, lower, probe, read, service, target, words};

#[test]
fn a_dollar_that_is_written_twice_is_one_in_every_value() {
    let web = service(
        "command: sh -c \"wait $$!; echo '$${A}'\"\nentrypoint: [/bin/$$, 'a$$b']\nworking_dir: /$$srv\n\
         environment: { A: '$$A$${B}' }\nvolumes: ['data:/a$$b']\n\
         x-eve: { files: [{ source: a$$b, target: /c$$d }] }",
    );
    assert_eq!(web.process.command, Some(words(&["sh", "-c", "wait $!; echo '${A}'"])));
    assert_eq!(web.process.entrypoint, Some(words(&["/bin/$", "a$b"])));
    assert_eq!(web.process.working_dir.as_deref(), Some("/$srv"));
    assert_eq!(web.process.environment.values().next().unwrap().as_text(), Some("$A${B}"));
    assert_eq!(web.mounts[0].target, "/a$b");
    let source = web.files[0].source.as_project().map(SourcePath::as_str);
    assert_eq!((source, web.files[0].target.as_str()), (Some("a$b"), "/c$d"));
    let listed = service("environment: ['A=$$A', 'B=x$$']");
    let values: Vec<_> = listed.process.environment.values().map(|value| value.as_text().unwrap()).collect();
    assert_eq!(values, ["$A", "x$"]);
    let Source::Build(build) = lower("services: { web: { build: { context: a$$b, args: { A: $$x } } } }", &target())
        .services
        .into_values()
        .next()
        .unwrap()
        .source
    else {
        panic!("it is built")
    };
    assert_eq!((build.context.as_str(), build.args["A"].as_str()), ("a$b", "$x"));
}

#[test]
fn a_dollar_of_a_health_check_is_one_of_its_shell() {
    let shell = |text: &str| Some(Probe::Command(words(&["/bin/sh", "-c", text])));
    let ready = "pg_isready -U \"$USER\" -d ${DB}";
    assert_eq!(probe(r#"[CMD-SHELL, 'pg_isready -U "$$USER" -d $${DB}']"#, &[]), shell(ready));
    assert_eq!(probe(r#"'pg_isready -U "$$USER" -d $${DB}'"#, &[]), shell(ready));
    assert_eq!(probe("[CMD, echo, $$A]", &[]), Some(Probe::Command(words(&["echo", "$A"]))));
}

const VARIABLES: &str = "\
name: ${NAME:-shop}
services:
  web:
    image: x
    ports: ['${HOST}:${PORT}:80', '${OTHER:-53}/udp']
    restart: ${HOW}
    stop_grace_period: $TIME
    volumes: ['${DATA:-data}:/data:${MODE:-ro}']
    mem_limit: ${MEMORY}
    deploy: { replicas: '${ONE:-1}', resources: { limits: { cpus: '${CPU:-0.5}' } } }
    depends_on: { db: { condition: '${WHEN:-service_healthy}' } }
    healthcheck: { test: 'a ${COMPONENT_NAME}', interval: $TIME, retries: '${N}', disable: '${OFF:-false}' }
    x-eve: { ingress: { alias: '${ALIAS:-shop}', public: '${PUBLIC-true}' } }
  db: { image: x, restart: '${NEVER:-no}', deploy: { replicas: '${N}' } }
volumes: { data: {} }
";

fn caller() -> Target {
    let variables =
        [("N", "2"), ("PORT", "8080"), ("HOST", "0.0.0.0"), ("TIME", "7s"), ("MEMORY", "64m"), ("HOW", "on-failure")];
    let target = Target::new(OrgName::new("acme").unwrap());
    variables.iter().fold(target, |target, (name, value)| target.with_variable(*name, *value))
}

#[test]
fn variables_of_the_caller_stand_in_every_value() {
    let lowered = read(VARIABLES, &caller()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!((lowered.project.name.as_str(), lowered.warnings), ("shop", Vec::new()));
    let desired = lowered.project.environments.into_values().next().unwrap().desired;
    let (web, db) = (&desired.services[&"web".parse().unwrap()], &desired.services[&"db".parse().unwrap()]);
    let ports: Vec<_> = web.ports.iter().map(|port| (port.number, port.protocol, port.published)).collect();
    assert_eq!(ports, [(80, Protocol::Tcp, Some(8080)), (53, Protocol::Udp, None)]);
    assert_eq!(web.ports[0].host, Some("0.0.0.0".parse().unwrap()));
    assert_eq!((web.restart, web.stop_grace, web.replicas), (Restart::OnFailure, Duration::from_secs(7), 1));
    assert_eq!((web.mounts[0].volume.as_str(), web.mounts[0].read_only), ("data", true));
    let limits = &web.resources.limits;
    assert_eq!((limits.memory.unwrap().as_bytes(), limits.cpu.unwrap().as_millis()), (64 << 20, 500));
    assert_eq!(web.depends_on[&"db".parse().unwrap()], Dependency::Healthy);
    let health = web.health.as_ref().unwrap();
    assert_eq!((health.interval, health.retries), (Duration::from_secs(7), 2));
    assert_eq!(health.probe, Probe::Command(words(&["/bin/sh", "-c", "a web"])));
    assert_eq!(desired.routes[0].host.as_str(), "shop.lvh.me");
    assert_eq!((db.restart, db.replicas), (Restart::Never, 2));
    assert_eq!(desired.origins.of("services.web.restart").to_string(), "compose.yaml:6:14");
}

#[test]
fn a_name_with_a_variable_is_known_for_a_target() {
    let manifest = Manifest::parse(Text { file: "compose.yaml", text: VARIABLES }, &Limits::default()).unwrap();
    assert_eq!(manifest.name(), None);
    let name = |target: &Target| manifest.project_name(target).unwrap().unwrap().to_string();
    assert_eq!(name(&target().with_variable("NAME", "n")), "bench");
    let nobody = Target::new(OrgName::new("acme").unwrap());
    assert_eq!(
        (name(&nobody), name(&nobody.clone().with_variable("NAME", "My Shop"))),
        ("shop".into(), eve_core::naming::label("My Shop"))
    );
}

#[test]
fn a_name_whose_variable_has_no_value_is_one_problem() {
    let nobody = Target::new(OrgName::new("acme").unwrap());
    let found = brief(read("name: ${NAME}\nservices: {}\n", &nobody).unwrap_err());
    assert_eq!(found, ["unset 1:7"]);
}

#[test]
fn what_a_variable_brings_is_checked_like_what_is_written() {
    let problems = |lines: &str, value: &str| {
        let target = target().with_variable("V", value);
        brief(read(&file(lines), &target).expect_err("there is a problem"))
    };
    assert_eq!(problems("ports: ['${V}:80']", "http"), ["bad_value 4:13"]);
    assert_eq!(problems("ports: [80]\nx-eve: { ingress: { port: '${V}' } }", "81"), ["unknown_reference 5:31"]);
    assert_eq!(problems("restart: ${V}", "allways"), ["bad_value 4:14"]);
    assert_eq!(problems("deploy: { replicas: '$V' }", ""), ["wrong_type 4:25"]);
    assert_eq!(problems("volumes: ['$V:/data']", "../data"), ["unknown_folder 4:15"]);
    assert_eq!(problems("depends_on: ['$V']", "web"), ["cycle 4:18"]);
    assert_eq!(problems("x-eve: { health: { http: { path: '$V' } } }\nports: [80]", "a"), ["bad_value 4:38"]);
}

#[test]
fn a_variable_without_a_value_is_told_wherever_it_stands() {
    let text = file(
        "ports: ['${A}:80']\nstop_grace_period: ${B:?say it}\nhealthcheck: { test: [CMD, '$C'] }\n\
         depends_on: ['$D']\nlabels: { a: $E }",
    );
    let manifest = Manifest::parse(Text { file: "compose.yaml", text: &text }, &Limits::default()).unwrap();
    let found = brief(manifest.lower(&target()).unwrap_err());
    let unresolved = ["4:14", "5:24", "6:33", "7:19"].map(|place| format!("unset {place}"));
    assert_eq!(found, [&unresolved[..], &["not_used 8:5".to_owned()]].concat());
}

#[test]
fn what_holds_no_variable_is_checked_without_a_target() {
    let text = file("ports: ['${A}:80']\nrestart: allways\nstop_grace_period: 5x");
    let found = brief(Manifest::parse(Text { file: "compose.yaml", text: &text }, &Limits::default()).unwrap_err());
    assert_eq!(found, ["bad_value 5:14", "malformed 6:24"]);
}

#[test]
fn keys_are_never_filled_in() {
    let text = "services:\n  $A:\n    image: x\n";
    let found = brief(read(text, &target().with_variable("A", "web")).unwrap_err());
    assert_eq!(found, ["invalid 2:3"]);
}

#[test]
fn a_variable_of_the_language_is_none_of_the_caller() {
    let caller = target().with_variable("COMPONENT_NAME", "other").with_variable("ENV_NAME", "other");
    let web = lower(&file("working_dir: '${COMPONENT_NAME}-${ENV_NAME}'"), &caller);
    assert_eq!(web.services.into_values().next().unwrap().process.working_dir.as_deref(), Some("web-local"));
    let mounted = lower(&file("volumes: ['data-${ENV_NAME}:/data']"), &caller);
    assert_eq!(mounted.services.into_values().next().unwrap().mounts[0].volume.as_str(), "data-local");
    let found = brief(read(&file("volumes: ['${COMPONENT_NAME}:/data']"), &caller).unwrap_err());
    assert_eq!(found, ["unset 4:16"]);
}

#[test]
fn secrets_stand_in_the_environment_alone() {
    assert_eq!(brief(read(&file("restart: '${secret.A}'"), &target()).unwrap_err()), ["unsupported 4:15"]);
    assert_eq!(
        brief(read(&file("healthcheck: { test: 'a ${secret.A}' }"), &target()).unwrap_err()),
        ["unsupported 4:29"]
    );
}

#[test]
fn overrides_of_a_plain_file_are_filled_in_as_well() {
    let text = format!(
        "{}environments:\n  a: {{ overrides: {{ services: {{ web: {{ ports: ['${{P}}:80'], restart: 'no' }} }} }} }}\n  b: {{}}\n",
        file("ports: ['1:80']")
    );
    let lowered = read(&text, &target().with_variable("P", "9000")).unwrap_or_else(|problems| panic!("{problems}"));
    let ports = |env: &str| {
        let desired = &lowered.project.environment(&env.parse().unwrap()).unwrap().desired;
        desired.services.values().next().unwrap().ports[0].published
    };
    assert_eq!((ports("a"), ports("b")), (Some(9000), Some(1)));
}

#[test]
fn a_warning_of_a_text_with_variables_is_told_once() {
    let lowered = read(&file("restart: ${R:-no}\nlabels: { a: b }"), &target()).unwrap();
    assert_eq!(lowered.warnings.iter().map(|problem| problem.code.clone()).collect::<Vec<_>>(), [codes::NOT_USED]);
}
