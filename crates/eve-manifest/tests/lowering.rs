//! What manifests come to.

use std::time::Duration;

use eve_core::desired::{Dependency, HealthCheck, Port, Probe, Protocol, Restart, Service};
use eve_core::pipeline::Action;
use eve_core::{
    ByteSize, Desired, EnvName, Lifetime, OrgName, ProjectName, PullRequestAction, Purpose, RegistrySpec, SecretName,
    SourcePath, Trigger,
};
use eve_manifest::{Limits, Lowered, Manifest, Target, Text, codes, schema};

fn target() -> Target {
    Target::new(OrgName::new("acme").unwrap())
}

fn lower(text: &str, target: &Target) -> Lowered {
    let read = Manifest::parse(Text { file: "m.yaml", text }, &Limits::default());
    read.and_then(|manifest| manifest.lower(target)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn first(lowered: &Lowered) -> &Desired {
    &lowered.project.environments.values().next().unwrap().desired
}

/// The one service of a manifest whose service has these lines.
fn service(lines: &str) -> Service {
    let indented: String = lines.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    let text = format!("schema: eve/compose/v2\nname: shop\nservices:\n  web:\n    image: x\n{indented}");
    first(&lower(&text, &target())).services.values().next().unwrap().clone()
}

#[test]
fn a_file_without_environments_has_one() {
    let lowered = lower("name: a\nservices: {}\n", &target());
    assert_eq!(lowered.project.environments.keys().map(EnvName::as_str).collect::<Vec<_>>(), ["local"]);
    assert_eq!(first(&lowered).origins.of("environment"), &eve_core::Origin::Default);
}

#[test]
fn a_file_without_environments_has_the_one_that_its_target_names() {
    let text =
        "name: a\nservices:\n  web: { image: x, ports: [80], working_dir: '${ENV_NAME}', x-eve: { ingress: {} } }\n";
    let lowered = lower(text, &target().with_environment(EnvName::new("bench").unwrap()));
    assert_eq!(lowered.project.environments.keys().map(EnvName::as_str).collect::<Vec<_>>(), ["bench"]);
    let desired = first(&lowered);
    assert_eq!(desired.environment.to_string(), "acme/a/bench");
    assert_eq!(desired.routes[0].host.as_str(), "web.acme-a-bench.lvh.me");
    assert_eq!(desired.services.values().next().unwrap().process.working_dir.as_deref(), Some("bench"));
}

#[test]
fn a_file_with_environments_has_those_alone() {
    for (environments, known) in [("{ one: {}, two: {} }", &["one", "two"] as &[&str]), ("{}", &[])] {
        let text = format!("name: a\nservices: {{}}\nenvironments: {environments}\n");
        let bench = EnvName::new("bench").unwrap();
        let project = lower(&text, &target().with_environment(bench.clone())).project;
        assert_eq!(project.environments.keys().map(EnvName::as_str).collect::<Vec<_>>(), known);
        let error = project.environment(&bench).unwrap_err();
        assert_eq!(error.code(), &eve_core::codes::ENVIRONMENT_UNKNOWN);
        assert!(known.iter().all(|name| error.hint().is_some_and(|hint| hint.contains(name))), "{error:?}");
    }
}

#[test]
fn ports_keep_what_is_said() {
    let ports = service("ports: [80, '3000:8080', 53/udp]").ports;
    let brief: Vec<_> = ports.iter().map(|port| (port.number, port.protocol, port.published)).collect();
    assert_eq!(brief, [(80, Protocol::Tcp, None), (8080, Protocol::Tcp, Some(3000)), (53, Protocol::Udp, None)]);
}

#[test]
fn ports_keep_the_address_of_the_host() {
    let ports = service(
        "ports: ['127.0.0.1:8080:80', '0.0.0.0:8081:81/udp', '[::1]:8082:82', '::1:8083:83', '8084:84', \
         { target: 85, published: '8085', host_ip: '::', protocol: udp }, { target: 86, published: 8086 }, { target: 87 }]",
    )
    .ports;
    let host = |port: &Port| port.host.map_or_else(String::new, |host| host.to_string());
    let brief: Vec<_> = ports.iter().map(|port| (host(port), port.published, port.number, port.protocol)).collect();
    let expected = [
        ("127.0.0.1", Some(8080), 80, Protocol::Tcp),
        ("0.0.0.0", Some(8081), 81, Protocol::Udp),
        ("::1", Some(8082), 82, Protocol::Tcp),
        ("::1", Some(8083), 83, Protocol::Tcp),
        ("", Some(8084), 84, Protocol::Tcp),
        ("::", Some(8085), 85, Protocol::Udp),
        ("", Some(8086), 86, Protocol::Tcp),
        ("", None, 87, Protocol::Tcp),
    ];
    assert_eq!(
        brief,
        expected.map(|(host, published, number, protocol)| (host.to_owned(), published, number, protocol))
    );
}

#[test]
fn a_command_line_is_split_without_a_shell() {
    let web =
        service("command: serve \"a b\" $$HOME ${ENV_NAME}-x\nentrypoint: [/bin/app, '$${X}']\nworking_dir: /srv");
    assert_eq!(web.process.command.unwrap(), ["serve", "a b", "$HOME", "local-x"]);
    assert_eq!(web.process.entrypoint.unwrap(), ["/bin/app", "${X}"]);
    assert_eq!(web.process.working_dir.unwrap(), "/srv");
}

#[test]
fn variables_of_the_language_have_values() {
    let web = service("environment: ['A=${ORG_ID}/${ORG_SLUG}', 'B=${PROJECT_ID}', 'C=${COMPONENT_NAME}', D=]");
    let values: Vec<_> = web.process.environment.values().map(|value| value.as_text().unwrap()).collect();
    assert_eq!(values, ["acme/acme", "acme/shop", "web", ""]);
}

#[test]
fn variables_of_the_caller_exist_without_a_schema() {
    let text = "name: a\nservices:\n  web:\n    image: 'x:${TAG:-1}'\n    environment:\n      A: $NAME-${EMPTY:-e}-${EMPTY-f}-${NO-${NAME}}\n      NAME:\n";
    let target = target().with_variable("NAME", "n").with_variable("EMPTY", "");
    let lowered = lower(text, &target);
    let web = first(&lowered).services.values().next().unwrap();
    let values: Vec<_> = web.process.environment.values().map(|value| value.as_text().unwrap()).collect();
    assert_eq!(values, ["n-e--n", "n"]);
    assert!(matches!(&web.source, eve_core::desired::Source::Image(image) if image.as_str() == "x:1"));
}

#[test]
fn every_variable_without_a_value_is_told() {
    let text = "name: a\nservices:\n  web:\n    image: x\n    environment:\n      A: ${NO}\n      B: 'x$NEIN'\n      C: '${NON:?say it}'\n";
    let manifest = Manifest::parse(Text { file: "m.yaml", text }, &Limits::default()).unwrap();
    let problems = manifest.lower(&target()).unwrap_err();
    let found: Vec<_> = problems.iter().map(|p| (p.code.clone(), p.line, p.column)).collect();
    let code = || codes::UNSET;
    assert_eq!(found, [(code(), 6, 10), (code(), 7, 12), (code(), 8, 11)]);
    assert!(problems.iter().last().unwrap().message.contains("say it"));
}

#[test]
fn health_checks_are_read_in_both_spellings() {
    let probe = |lines: &str| service(&format!("ports: [80]\n{lines}")).health.map(|health| health.probe);
    let http = |port, path: &str| Some(Probe::Http { port, path: path.to_owned() });
    let command = |words: &[&str]| Some(Probe::Command(words.iter().map(|&word| word.to_owned()).collect()));
    assert_eq!(probe("healthcheck: { test: [CMD, curl, -f, 'http://localhost:80/h'] }"), http(Some(80), "/h"));
    assert_eq!(probe("healthcheck: { test: 'curl -f http://localhost:80/h || exit 1' }"), http(Some(80), "/h"));
    assert_eq!(probe("healthcheck: { test: [CMD, pg_isready, -q] }"), command(&["pg_isready", "-q"]));
    assert_eq!(probe("healthcheck: { test: [CMD-SHELL, 'a | b'] }"), command(&["/bin/sh", "-c", "a | b"]));
    assert_eq!(probe("healthcheck: { test: 'a | b' }"), command(&["/bin/sh", "-c", "a | b"]));
    assert_eq!(probe("healthcheck: { test: [CMD, $$A, '${ENV_NAME}'] }"), command(&["$A", "local"]));
    assert_eq!(probe("healthcheck: { test: [NONE] }"), Some(Probe::None));
    assert_eq!(probe("healthcheck: { test: a, disable: true }"), Some(Probe::None));
    assert_eq!(probe("x-eve: { health: { http: { path: /h, port: 80 } } }"), http(Some(80), "/h"));
    assert_eq!(probe("x_eve: { health: { tcp: {} } }"), Some(Probe::Tcp { port: None }));
    let health =
        service("healthcheck: { test: a, interval: 1m, timeout: 2, retries: 5, start_period: 1s }").health.unwrap();
    assert_eq!((health.interval, health.timeout), (Duration::from_secs(60), Duration::from_secs(2)));
    assert_eq!((health.retries, health.start_period), (5, Duration::from_secs(1)));
}

#[test]
fn a_health_setting_of_nothing_means_the_default() {
    let health = service("healthcheck: { test: a, interval: 0s, timeout: 0s, retries: 0 }").health.unwrap();
    assert_eq!(health, HealthCheck::new(health.probe.clone()));
}

#[test]
fn a_request_to_a_port_that_is_not_declared_stays_a_command() {
    let web = service("ports: [80]\nhealthcheck: { test: [CMD, curl, 'http://localhost:9090/h'] }");
    let words = ["curl", "http://localhost:9090/h"].map(str::to_owned).to_vec();
    assert_eq!(web.health.unwrap().probe, Probe::Command(words));
}

#[test]
fn everything_else_of_a_service_arrives() {
    let web = service(
        "restart: 'no'\nstop_grace_period: 1m30s\nvolumes: ['data:/var/data:ro']\n\
         deploy: { replicas: 3, resources: { limits: { cpus: '0.5', memory: 512m }, reservations: { memory: 64m } } }\n\
         x-eve:\n  role: worker\n  rollout: { strategy: rolling, window: 2s, ready_within: 1m, drain: 5 }\n  \
         files: [{ source: conf/a, target: /etc/a }]",
    );
    assert_eq!((web.restart, web.stop_grace, web.replicas), (Restart::Never, Duration::from_secs(90), 3));
    assert_eq!(web.role, eve_core::desired::Role::Worker);
    assert_eq!(web.resources.limits.cpu.unwrap().as_millis(), 500);
    assert_eq!(web.resources.requests.memory.unwrap().as_bytes(), 64 << 20);
    assert_eq!((web.mounts[0].target.as_str(), web.mounts[0].read_only), ("/var/data", true));
    let source = web.files[0].source.as_project().map(SourcePath::as_str);
    assert_eq!((source, web.files[0].target.as_str()), (Some("conf/a"), "/etc/a"));
    assert_eq!(web.rollout.strategy, Some(eve_core::desired::Strategy::Rolling));
    assert_eq!((web.rollout.ready_within, web.rollout.drain), (Duration::from_secs(60), Duration::from_secs(5)));
}

#[test]
fn storage_is_a_folder_of_one_writer() {
    let text = "name: a\nservices:\n  db:\n    image: x\n    x-eve: { storage: { mount_path: /data, size: 1Gi } }\n";
    let lowered = lower(text, &target());
    let mount = &first(&lowered).services.values().next().unwrap().mounts[0];
    assert_eq!((mount.volume.as_str(), mount.single_writer), ("db-data", true));
    assert_eq!(first(&lowered).volumes[&mount.volume].size, Some("1Gi".parse().unwrap()));
    let losses = first(&lowered).volume_losses("it has no bounds");
    assert_eq!(losses.iter().map(|loss| loss.path.as_str()).collect::<Vec<_>>(), ["volumes.db-data.size"]);
    assert_eq!(first(&lowered).origins.of("volumes.db-data.size").to_string(), "m.yaml:5:50");
}

#[test]
fn a_service_has_its_made_host_and_those_of_its_own() {
    let text = "name: a\nservices:\n  web:\n    image: x\n    ports: [80]\n    \
                x-eve: { ingress: { domains: [shop.example.org, www.example.org], timeout: 1m, max_body_size: 5m } }\n";
    let lowered = lower(text, &target());
    let routes = &first(&lowered).routes;
    let hosts: Vec<_> = routes.iter().map(|route| route.host.as_str()).collect();
    assert_eq!(hosts, ["web.acme-a-local.lvh.me", "shop.example.org", "www.example.org"]);
    assert_eq!(routes[1].timeout, Some(Duration::from_secs(60)));
    assert_eq!(routes[1].max_body.map(ByteSize::as_bytes), Some(5 << 20));
    let losses: Vec<_> = first(&lowered).losses.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(losses.len(), 6, "{losses:?}");
}

#[test]
fn hosts_follow_alias_and_domain() {
    let text = "name: a\nservices:\n  web: { image: x, ports: [80, 81], x-eve: { ingress: { alias: shop, port: 81 } } }\n  api: { image: x, ports: [80], x-eve: { ingress: { domain: example.org } } }\n  own: { image: x, ports: [80] }\n  off: { image: x, ports: [80], x-eve: { ingress: { public: false } } }\n";
    let target = target().with_domain("apps.test".parse().unwrap()).with_project(ProjectName::new("p").unwrap());
    let lowered = lower(text, &target);
    let mut routes: Vec<_> = first(&lowered).routes.iter().map(|route| (route.host.as_str(), route.port)).collect();
    routes.sort_unstable();
    assert_eq!(routes, [("api.acme-p-local.example.org", 80), ("shop.apps.test", 81)]);
}

#[test]
fn overrides_are_merged_key_by_key_and_lists_are_replaced() {
    let text = "\
name: a
services:
  web:
    image: x
    ports: [80, 81]
    environment: { A: base, B: base }
    x-eve: { rollout: { window: 1s, drain: 1s } }
environments:
  e:
    overrides:
      services:
        web:
          ports: [90]
          environment: { B: over }
          x_eve: { rollout: { drain: 9s } }
";
    let lowered = lower(text, &target());
    let desired = first(&lowered);
    let web = desired.services.values().next().unwrap();
    assert_eq!(web.ports.iter().map(|port| port.number).collect::<Vec<_>>(), [90]);
    let values: Vec<_> = web.process.environment.values().map(|value| value.as_text().unwrap()).collect();
    assert_eq!(values, ["base", "over"]);
    assert_eq!((web.rollout.window, web.rollout.drain), (Some(Duration::from_secs(1)), Duration::from_secs(9)));
    let at = |path: &str| desired.origins.of(&format!("services.web.{path}")).to_string();
    assert_eq!(at("environment.A"), "m.yaml:6:23");
    assert_eq!(at("environment.B"), "m.yaml:14:29 (override)");
    assert_eq!(at("rollout.drain"), "m.yaml:15:38 (override)");
    assert_eq!(at("ports.0"), "m.yaml:13:19 (override)");
}

#[test]
fn what_runs_elsewhere_is_not_waited_for() {
    let text = "name: a\nservices:\n  web: { image: x, depends_on: [db, api] }\n  api: { image: x }\n  db: { x-eve: { external: true } }\n";
    let lowered = lower(text, &target());
    let desired = first(&lowered);
    assert_eq!(desired.services.len(), 2);
    let web = &desired.services[&"web".parse().unwrap()];
    assert_eq!(
        web.depends_on.iter().map(|(n, d)| (n.as_str(), *d)).collect::<Vec<_>>(),
        [("api", Dependency::Started)]
    );
    assert!(desired.in_order().is_ok());
}

#[test]
fn steps_are_what_they_say() {
    let text = "\
name: a
services:
  job: { image: x, x-eve: { role: job, timeout: 1m, retries: 2 } }
environments: { e: { pipeline: p } }
pipelines:
  p:
    steps:
      - { run: 'a \"b c\"' }
      - { name: tell, depends_on: [step-1], action: { type: notify } }
      - { name: c, depends_on: [tell], script: { command: [sh, -c, 'x | y'], timeout_seconds: 9 } }
      - { name: d, depends_on: [c], action: { type: run, service: job, timeout: 2m }, requires: { secrets: [KEY] } }
  q:
    steps:
      - { name: pr, action: { type: create-pr, head: fix } }
";
    let lowered = lower(text, &target());
    assert_eq!(lowered.project.pipelines.len(), 1, "a pipeline that cannot run is left out");
    let steps = &lowered.project.pipelines.values().next().unwrap().steps;
    let run = |words: &[&str]| Action::Run { command: words.iter().map(|&word| word.to_owned()).collect() };
    assert_eq!(steps[0].action, run(&["a", "b c"]));
    assert_eq!(steps[1].action, run(&["sh", "-c", "x | y"]));
    assert_eq!(steps[1].timeout, Some(Duration::from_secs(9)));
    assert_eq!(
        steps[1].needs,
        [steps[0].name.clone()],
        "who waits for a step that does nothing waits for what is before it"
    );
    assert_eq!(steps[2].action, Action::Job { service: "job".parse().unwrap() });
    assert_eq!(steps[2].secrets[0].as_str(), "KEY");
    let told: Vec<_> = lowered.warnings.iter().map(|problem| (problem.code.clone(), problem.line)).collect();
    assert_eq!(told, [(codes::NOT_USED, 9), (codes::NOT_USED, 14)]);
    let job = first(&lowered).jobs.values().next().unwrap();
    assert_eq!((job.timeout, job.max_attempts), (Duration::from_secs(60), 3));
}

#[test]
fn anchors_and_merges_share_keys() {
    let text = "name: a\nx-base: &base { image: x, restart: 'no' }\nservices:\n  a: { <<: *base, restart: always }\n  b: *base\n";
    let lowered = lower(text, &target());
    let restarts: Vec<_> = first(&lowered).services.values().map(|service| service.restart).collect();
    assert_eq!(restarts, [Restart::Always, Restart::Never]);
}

#[test]
fn moving_a_line_changes_no_value() {
    let text = "name: a\nservices:\n  web: { image: x, command: a }\n";
    let (a, b) = (lower(text, &target()), lower(&format!("\n# moved\n{text}"), &target()));
    assert_eq!(first(&a).services, first(&b).services);
    assert_ne!(first(&a).origins, first(&b).origins);
    assert_ne!(a.project.manifest, b.project.manifest);
}

#[test]
fn the_schema_describes_every_key_that_is_read() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let keys = |kind: &str| schema["$defs"][kind]["properties"].as_object().unwrap().clone();
    let service = keys("service");
    for key in ["image", "build", "x-eve", "x_eve", "depends_on", "labels"] {
        assert!(service[key]["description"].is_string(), "{key}");
    }
    assert_eq!(service["cgroup_parent"]["not"], serde_json::json!({}));
    assert_eq!(schema["$defs"]["service"]["additionalProperties"], false);
    assert_eq!(schema["$defs"]["x-eve-section"]["properties"]["role"]["anyOf"][0]["enum"][0], "component");
    assert_eq!(keys("environment")["overrides"]["$ref"], "#/$defs/overrides-section");
    assert_eq!(schema["$ref"], "#/$defs/manifest");
}

#[test]
fn overrides_are_laid_over_services_under_their_old_spelling() {
    let text = "project: a\ncomponents: { web: { image: x, replicas: 1 } }\n\
                environments: { prod: { overrides: { services: { web: { replicas: 3 } } } } }\n";
    let lowered = lower(text, &target());
    assert_eq!(lowered.project.name.as_str(), "a");
    assert_eq!(first(&lowered).services[&"web".parse().unwrap()].replicas, 3);
}

#[test]
fn what_is_for_others_is_kept_as_it_is_written() {
    let text = "\
name: a
services:
  web: { image: x, x-eve: { permissions: [read, 5], cli: { name: shop } } }
pipelines:
  p: { scope: all, steps: [{ run: 'a', hints: { fast: true } }] }
";
    let carried = lower(text, &target()).project.carried;
    let carried: Vec<_> = carried.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
    let expected = [
        ("pipelines.p.scope", "\"all\""),
        ("pipelines.p.steps.0.hints", "{\"fast\":true}"),
        ("services.web.x-eve.cli", "{\"name\":\"shop\"}"),
        ("services.web.x-eve.permissions", "[\"read\",5]"),
    ];
    assert_eq!(carried, expected);
}

#[test]
fn workers_run_where_their_environment_names_them() {
    let text = "\
name: a
services:
  web: { image: x, depends_on: [work] }
  work: { image: x, x-eve: { role: worker } }
  other: { image: x, x-eve: { role: worker } }
environments:
  all: {}
  some: { workers: [{ service: work, replicas: 3 }] }
  none: { workers: [] }
";
    let lowered = lower(text, &target());
    let of = |env: &str| {
        let desired = &lowered.project.environments[&env.parse().unwrap()].desired;
        assert!(desired.in_order().is_ok(), "nobody waits for what does not run");
        desired.services.iter().map(|(name, service)| format!("{name} {}", service.replicas)).collect::<Vec<_>>()
    };
    assert_eq!(of("all"), ["other 1", "web 1", "work 1"]);
    assert_eq!(of("some"), ["web 1", "work 3"]);
    assert_eq!(of("none"), ["web 1"]);
}

#[test]
fn what_a_manifest_says_to_the_platform_holds_for_every_environment() {
    let text = "\
name: a
services:
  web: { image: x, ports: [80], x-eve: { ingress: {}, requires: { secrets: [OWN] } } }
  api: { image: x, ports: [80], x-eve: { ingress: { domain: api.example.org } } }
environments:
  prod: { type: temporary, kind: preview, labels: { pr_number: 7 }, branch: 'release/*', pipeline_inputs: { N: [1] } }
registry: { host: 'r.example.org:5000', auth: { token_secret: TOKEN } }
x-eve: { defaults: { env: prod }, requires: { secrets: [SHARED] }, ingress: { domain: example.org } }
";
    let project = lower(text, &target()).project;
    let prod = &project.environments[&"prod".parse().unwrap()];
    assert_eq!(prod.requires.iter().map(SecretName::as_str).collect::<Vec<_>>(), ["OWN", "SHARED"]);
    let hosts: Vec<_> = prod.desired.routes.iter().map(|route| route.host.as_str()).collect();
    assert_eq!(hosts, ["web.acme-a-prod.example.org", "api.acme-a-prod.api.example.org"]);
    assert_eq!((prod.lifetime, prod.purpose), (Lifetime::Temporary, Purpose::Preview));
    assert_eq!(prod.labels.iter().next(), Some((&"pr_number".to_owned(), &"7".to_owned())));
    assert!(prod.branch.as_ref().is_some_and(|branch| branch.matches("release/1")));
    assert_eq!(prod.inputs["N"].as_str(), "[1]");
    assert_eq!(project.default_environment.as_ref().map(EnvName::as_str), Some("prod"));
    let Some(RegistrySpec::Host { host, username, token, .. }) = &project.registry else { panic!("a registry") };
    assert_eq!(
        (host.as_str(), username.as_str(), token.as_str()),
        ("r.example.org:5000", "REGISTRY_USERNAME", "TOKEN")
    );
}

#[test]
fn a_pipeline_keeps_what_starts_it() {
    let of = |trigger: &str| {
        let text = format!(
            "name: a\nservices: {{}}\nenvironments: {{ prod: {{}} }}\npipelines:\n  p:\n    trigger: {{ {trigger} }}\n    \
             env: prod\n    wait_timeout: 1m\n    steps: [{{ run: x }}]\n"
        );
        let pipeline = lower(&text, &target()).project.pipelines.into_values().next().unwrap();
        assert_eq!(pipeline.environment.as_ref().map(EnvName::as_str), Some("prod"));
        assert_eq!(pipeline.wait_timeout, Some(Duration::from_secs(60)));
        pipeline.trigger
    };
    assert_eq!(of("manual: true"), Some(Trigger::Manual));
    assert_eq!(of("cron: { schedule: '0 3 * * *' }"), Some(Trigger::Schedule { at: "0 3 * * *".parse().unwrap() }));
    assert_eq!(
        of("github: { event: push, branch: main }"),
        Some(Trigger::Push { branch: Some("main".parse().unwrap()) })
    );
    let opened = Trigger::PullRequest { actions: vec![PullRequestAction::Opened], base: None };
    assert_eq!(of("github: { event: pull_request, action: opened }"), Some(opened));
    let event = |source: &str, kind: Option<&str>| Trigger::Event { source: source.into(), kind: kind.map(Into::into) };
    assert_eq!(of("app: { event: a.b }"), Some(event("app", Some("a.b"))));
    assert_eq!(of("app_link: { alias: x }"), Some(event("app_link.x", None)));
    assert_eq!(of("event: { source: ci, type: done }"), Some(event("ci", Some("done"))));
    let failed = Trigger::System { event: "job.failed".to_owned(), pipeline: None };
    assert_eq!(of("system: { event: job.failed }"), Some(failed));
    assert_eq!(of("slack: { event: message }"), None, "that is for others");
}
