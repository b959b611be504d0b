//! What is wrong with a manifest, each thing with its code and place.

mod cases;
mod told;

use eve_core::{ErrorKind, OrgName};
use eve_manifest::{Limits, Manifest, Problem, Target, Text};

use cases::cases;

/// Every problem of a text, of reading and of lowering.
fn problems(text: &str) -> Vec<Problem> {
    let read = Manifest::parse(Text { file: "m.yaml", text }, &Limits::default());
    let lowered = read.and_then(|manifest| manifest.lower(&Target::new(OrgName::new("acme").unwrap())));
    match lowered {
        Ok(lowered) => lowered.warnings,
        Err(problems) => problems.into_iter().collect(),
    }
}

fn brief(text: &str) -> Vec<String> {
    // Images stand for themselves here.
    let counts = |p: &&Problem| p.code != eve_manifest::codes::UNTAGGED;
    told::brief(problems(text).iter().filter(counts))
}

/// A manifest with one service, whose keys are these lines from line 5 on.
fn service(lines: &str) -> Vec<String> {
    let indented: String = lines.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    brief(&format!("schema: eve/compose/v2\nname: shop\nservices:\n  web:\n{indented}"))
}

/// A pipeline with a trigger of these keys, which begin at 7:16.
fn trigger(keys: &str) -> Vec<String> {
    brief(&format!(
        "name: shop\nservices:\n  web: {{ image: x }}\nenvironments: {{ prod: {{ pipeline: ship }} }}\npipelines:\n  ship:\n    \
         trigger: {{ {keys} }}\n    steps: [{{ name: a, action: {{ type: deploy }} }}]\n"
    ))
}

/// An environment of these keys, which begin at 5:22, of a web and a worker.
fn environment(keys: &str) -> Vec<String> {
    brief(&format!(
        "name: shop\nservices:\n  web: {{ image: x }}\n  work: {{ image: x, x-eve: {{ role: worker }} }}\nenvironments: {{ prod: {{ {keys} }} }}\n"
    ))
}

/// As [`service`], with an image and a port in front: the lines count from 7 on.
fn image(lines: &str) -> Vec<String> {
    service(&format!("image: nginx\nports: [80, 81]\n{lines}"))
}

cases! { brief:
    text_that_is_not_yaml_has_a_place: "services:\n  web: a: b\n" => ["syntax! 2:9"];
    a_list_that_never_ends_is_told_where_it_begins: "services:\n  web: [a\n" => ["syntax! 2:8"];
    an_early_bracket_is_told_by_a_hint: "services:\n  web: [a\n  api: {}\n" => ["syntax! 3:6"];
    an_empty_file_is_no_manifest: "" => ["wrong_type! 1:1"];
    a_list_is_no_manifest: "- a\n" => ["wrong_type! 1:1"];
    services_are_needed: "name: shop\n" => ["missing_key! 1:1"];
    a_name_is_needed: "services: {}\n" => ["missing_key! 1:1"];
    an_unknown_schema_is_refused: "schema: eve/compose/v3\nname: a\nservices: {}\n" => ["bad_value! 1:9"];
    a_name_is_made_fit: "name: My Shop\nservices: {}\n" => ["changed? 1:7"];
    extensions_at_the_top_are_carried: "name: a\nx-mine: { a: 1 }\nservices: {}\n" => [];
    known_keys_that_are_not_used_are_told: "name: a\nservices: {}\nregistry: eve\nversioning: {}\n" =>
        ["not_used? 3:11", "not_used? 4:13"];
    an_old_spelling_is_read_and_named: "project: a\ncomponents: { web: { image: x } }\n" => ["renamed? 1:1", "renamed? 2:1"];
    an_old_spelling_beside_the_new_one_is_one_key_twice: "name: a\nservices: {}\ncomponents: {}\n" =>
        ["duplicate_key! 3:1"];
    an_extension_that_is_nearly_ours_is_told: "name: a\nservices:\n  a: { image: x, x-evee: { role: job } }\n" =>
        ["unknown_key? 3:18"];
    what_is_for_agents_is_carried_along: "name: a\nservices:\n  a: { image: x, x-eve: { permissions: [read] } }\n" =>
        ["carried? 3:27"];
    a_port_of_the_host_is_had_by_one_service:
        "name: a\nservices:\n  a: { image: x, ports: ['1:80'] }\n  b: { image: x, ports: ['1:80', '2:81'] }\n" =>
        ["conflict! 4:26"];
    a_second_document_is_refused: "name: a\nservices: {}\n---\nname: b\n" => ["document_limit! 3:1"];
    a_key_stands_once: "name: a\nservices: {}\nname: b\n" => ["duplicate_key! 3:1"];
    a_foreign_tag_is_refused: "name: !Env a\nservices: {}\n" => ["tag! 1:7"];
    an_alias_of_itself_is_refused: "name: a\nx-a: &a [*a]\nservices: {}\n" => ["cyclic_alias! 2:10"];
    an_invisible_character_is_refused: "name: a\u{202e}b\nservices: {}\n" => ["charset! 1:8"];
    a_service_name_is_checked: "name: a\nservices:\n  a b: { image: x }\n" => ["invalid! 3:3"];
    a_service_is_a_mapping: "name: a\nservices:\n  a:\n  b: 5\n" => ["wrong_type! 3:3", "wrong_type! 4:6"];
    names_that_share_a_variable_collide: "name: a\nservices:\n  a-b: { image: x }\n  a_b: { image: x }\n" =>
        ["collision! 4:3"];
}

cases! { brief:
    a_registry_is_kept: "name: a\nservices: {}\nregistry: eve\n" => ["not_used? 3:11"];
    a_registry_of_ones_own_has_a_host: "name: a\nservices: {}\nregistry: { namespace: x }\n" =>
        ["missing_key! 3:11", "not_used? 3:11"];
    a_registry_is_a_host_and_no_address: "name: a\nservices: {}\nregistry: { host: 'https://x' }\n" =>
        ["not_used? 3:11", "bad_value! 3:19"];
    a_registry_is_one_of_two_words: "name: a\nservices: {}\nregistry: ghcr\n" => ["bad_value! 3:11"];
    nothing_is_built_for_no_registry: "name: a\nservices: { web: { build: . } }\nregistry: none\n" => ["conflict! 3:11"];
    the_manifests_own_section_is_read: "name: a\nservices: {}\nx-eve: { requires: { secrets: [KEY] }, agnets: {} }\n" =>
        ["unknown_key! 3:40"];
    what_it_says_to_agents_is_carried_along: "name: a\nservices: {}\nx_eve: { defaults: { harness: x }, chat: {} }\n" =>
        ["carried? 3:22", "carried? 3:36"];
    a_default_environment_is_there: "name: a\nservices: {}\nenvironments: { prod: {} }\nx-eve: { defaults: { env: prd } }\n" =>
        ["unknown_reference! 4:27"];
    two_spellings_of_the_manifests_own_section_are_one_key: "name: a\nservices: {}\nx-eve: {}\nx_eve: {}\n" =>
        ["duplicate_key! 4:1"];
}

cases! { brief:
    what_a_pipeline_says_and_nobody_asks_for_is_told:
        "name: a\nservices: {}\npipelines: { p: { env: x, wait_timeout: 1m, steps: [{ run: x }] } }\n" =>
        ["not_used? 3:24", "not_used? 3:41"];
}

cases! { environment:
    what_an_environment_is_for_is_kept: "type: temporary, kind: preview" => ["not_used? 5:31", "not_used? 5:48"];
    labels_have_names: "labels: [a]" => ["wrong_type! 5:33"];
    a_branch_is_one: "branch: 'a b', auto_deploy: perhaps" => ["invalid! 5:33", "wrong_type! 5:53"];
    inputs_have_names: "pipeline_inputs: 5" => ["wrong_type! 5:42"];
    a_worker_is_a_service: "workers: [{ service: wrk }]" => ["unknown_reference! 5:46"];
    a_worker_is_named: "workers: [{ replicas: 2 }]" => ["missing_key! 5:35"];
    a_worker_has_that_role: "workers: [{ name: web }]" => ["bad_value! 5:43"];
    a_worker_stands_once: "workers: [{ service: work }, { name: work }]" => ["conflict! 5:62"];
    a_worker_that_is_left_out_is_told: "workers: []" => ["not_used? 4:3"];
    work_is_routed_by_others: "workers: [{ service: work, type: fast }]" => ["carried? 5:52"];
}

cases! { trigger:
    a_trigger_that_nobody_listens_for_is_told: "github: { event: push, branch: 'release/*' }" => ["not_used? 7:14"];
    a_pipeline_that_is_asked_for_needs_nobody_who_listens: "manual: true" => [];
    what_is_not_asked_for_is_started_by_something: "manual: false" => ["bad_value! 7:24"];
    what_is_said_in_a_chat_is_carried_along: "slack: { event: message }" => ["carried? 7:16"];
    a_trigger_has_an_event: "" => ["missing_key! 7:14"];
    a_trigger_has_one_event: "manual: true, cron: { schedule: '* * * * *' }" => ["conflict! 7:14"];
    a_schedule_is_checked: "cron: { schedule: '61 * * * *' }" => ["not_used? 7:14", "malformed! 7:34"];
    a_schedule_is_needed: "cron: {}" => ["not_used? 7:14", "missing_key! 7:22"];
    an_event_of_a_repository_is_one_of_two: "github: { event: pushed }" => ["not_used? 7:14", "bad_value! 7:33"];
    filters_of_another_event_are_told: "github: { event: push, action: opened, base_branch: main }" =>
        ["not_used? 7:14", "not_used? 7:47", "not_used? 7:68"];
    a_pattern_of_branches_has_one_star: "github: { event: push, branch: 'a/**' }" => ["not_used? 7:14", "invalid! 7:47"];
    pull_requests_have_a_list_of_actions: "github: { event: pull_request, action: [opened, closd] }" =>
        ["not_used? 7:14", "bad_value! 7:64"];
    an_event_of_the_platform_is_known: "system: { event: job.faild, pipeline: other }" =>
        ["not_used? 7:14", "unknown_reference? 7:33", "unknown_reference! 7:54"];
    a_pipeline_does_not_start_itself: "system: { event: job.failed, pipeline: ship }" => ["not_used? 7:14", "cycle! 7:55"];
    what_a_failure_starts_does_nothing_but_propose: "system: { event: pipeline.failed }" =>
        ["not_used? 7:14", "conflict! 8:40"];
    who_tells_of_an_event_is_named: "event: { type: a }" => ["not_used? 7:14", "missing_key! 7:23"];
    an_unknown_kind_of_trigger_is_found: "crom: {}" => ["unknown_key! 7:16"];
}

cases! { service:
    a_service_is_made_of_something: "replicas: 1" => ["missing_key! 4:3"];
    a_wrong_source_is_one_problem: "image: [a]" => ["wrong_type! 5:12"];
    an_image_beside_a_build_is_told: "image: a\nbuild: ." => ["not_used? 5:12"];
    a_build_stays_in_the_project: "build: ../other" => ["context_escape! 5:12"];
    an_external_service_is_told: "x-eve: { external: true }" => ["not_used? 4:3"];
    what_an_external_service_does_not_use_is_told: "image: a\nx-eve: { external: true }" => ["not_used? 4:3", "not_used? 4:3"];
    a_public_service_has_ports: "image: a\nx-eve: { ingress: { public: true } }" => ["bad_value! 6:33"];
}

cases! { image:
    a_slip_is_found: "enviroment: {}" => ["unknown_key! 7:5"];
    what_is_not_filled_in_is_refused: "x-eve: { storage: { mount_path: '/d/${ENV_NAME}' } }" => ["literal! 7:41"];
    what_bounds_requests_has_bounds: "x-eve: { ingress: { timeout: 31m, max_body_size: 2g } }" =>
        ["bad_value! 7:34", "bad_value! 7:54"];
    a_host_of_ones_own_is_none_of_the_platforms: "x-eve: { ingress: { domains: [a.lvh.me, shop] } }" =>
        ["bad_value! 7:45"];
    a_host_is_had_by_one_service: "x-eve: { ingress: { domains: [a.example.org, a.example.org] } }" =>
        ["collision! 7:50"];
    hosts_are_counted: "x-eve: { ingress: { domains: [a.b.c, b.b.c, c.b.c, d.b.c, e.b.c, f.b.c, g.b.c, h.b.c, i.b.c, j.b.c, k.b.c] } }" =>
        ["bad_value! 7:34"];
    a_storage_class_has_a_name: "x-eve: { storage: { mount_path: /a, storage_class: 'a b' } }" => ["invalid! 7:56"];
    a_health_check_says_what_it_tries: "healthcheck: { interval: 5s }" => ["missing_key! 7:18"];
    what_leads_nowhere_is_told: "x-eve: { ingress: { public: false, alias: shop } }" => ["not_used? 7:47"];
    an_alias_of_the_platform_is_kept_for_it: "x-eve: { ingress: { alias: status } }" => ["bad_value! 7:32"];
    extensions_of_a_service_are_carried: "x-mine: 1" => [];
    both_spellings_are_one_key: "x-eve: {}\nx_eve: {}" => ["duplicate_key! 8:5"];
    labels_are_told: "labels: { a: b }" => ["not_used? 7:5"];
    what_is_not_honoured_yet_is_refused: "cgroup_parent: a" => ["unsupported! 7:5"];
    ports_are_numbers: "x-eve: { ingress: { port: http } }" => ["wrong_type! 7:31"];
    a_route_leads_to_a_port: "x-eve: { ingress: { port: 99 } }" => ["unknown_reference! 7:31"];
    an_alias_is_a_label: "x-eve: { ingress: { alias: A_b } }" => ["bad_value! 7:32"];
    a_probe_asks_a_port: "x-eve: { health: { http: { port: 99 } } }" => ["unknown_reference! 7:38"];
    a_probe_has_a_path: "x-eve: { health: { http: { path: x } } }" => ["bad_value! 7:38"];
    a_probe_tries_something: "x-eve: { health: { retries: 3 } }" => ["missing_key! 7:22"];
    two_health_checks_conflict: "healthcheck: { test: a }\nx-eve: { health: { tcp: {} } }" => ["conflict! 8:22"];
    a_shell_is_asked_for_by_name: "command: a | b" => ["bad_value! 7:14"];
    a_variable_of_a_shell_stays: "command: [sh, -c, 'echo $HOME $$HOME']" => ["literal? 7:29"];
    an_unknown_variable_is_refused: "environment: { A: '${ENV_NAM}', B: '${X:-y}' }" =>
        ["unset! 7:24", "malformed! 7:41"];
    a_variable_has_a_value: "environment:\n  A:" => ["wrong_type! 8:7"];
    a_variable_stands_once: "environment: [A=1, A=2]" => ["duplicate_key! 7:24"];
    secrets_stand_in_the_environment: "command: [a, '${secret.X}']" => ["unsupported! 7:19"];
    an_unknown_url_is_refused: "environment: { A: 'x${service.wbe.url}' }" => ["unknown_reference! 7:25"];
    an_unknown_dependency_is_refused: "depends_on: [wbe]" => ["unknown_reference! 7:18"];
    a_circle_of_one_is_found: "depends_on: [web]" => ["cycle! 7:18"];
    what_runs_is_never_completed: "depends_on: { web: { condition: service_completed_successfully } }" =>
        ["cycle! 7:19", "bad_value! 7:37"];
    a_condition_is_a_known_word: "depends_on: { web: { condition: helthy } }" => ["cycle! 7:19", "bad_value! 7:37"];
    a_duration_has_a_unit: "stop_grace_period: 5x" => ["malformed! 7:24"];
    an_amount_has_a_unit: "resources: { limits: { memory: 5x, cpu: -1 } }" => ["malformed! 7:36", "malformed! 7:45"];
    a_promise_keeps_the_limit: "resources: { limits: { cpu: 1 }, requests: { cpu: 2 } }" => ["conflict! 7:55"];
    resources_stand_once: "resources: {}\ndeploy: { resources: {}, replicas: 2, mode: global }" =>
        ["conflict! 8:26", "not_used? 8:43"];
    a_restart_policy_is_known: "restart: allways" => ["bad_value! 7:14"];
    a_count_of_restarts_is_told: "restart: on-failure:3" => ["not_used? 7:14"];
    a_false_restart_is_no: "restart: false" => [];
    a_folder_of_the_host_is_from_a_folder_on: "volumes: ['./a:/b', '/c', 'd:/e:ro', 'f:g']" =>
        ["unsupported! 7:25", "bad_value! 7:42"];
    one_writer_is_one_replica: "replicas: 2\nx-eve: { storage: { mount_path: /a } }" => ["conflict! 7:15"];
    files_stay_in_the_project: "x-eve: { files: [{ source: ../a, target: b }] }" => ["outside_project! 7:32", "bad_value! 7:46"];
    keys_of_jobs_are_told: "x-eve: { timeout: 5m }" => ["not_used? 7:23"];
    keys_of_services_are_told_for_jobs: "x-eve: { role: job, rollout: {} }" =>
        ["never_run? 4:3", "not_used? 6:12", "not_used? 7:34"];
    a_replica_is_a_whole_number: "replicas: two" => ["wrong_type! 7:15"];
}

#[test]
fn ports_have_one_grammar() {
    for (port, code) in [
        ("0", "bad_value"),
        ("65536", "bad_value"),
        ("-1", "unsupported"),
        ("a", "bad_value"),
        ("22:22:22", "bad_value"),
        ("'localhost:22:22'", "bad_value"),
        ("'[127.0.0.1]:22:22'", "bad_value"),
        ("'127.0.0.1::22'", "unsupported"),
        ("'1000-2000'", "unsupported"),
        ("80/sctp", "bad_value"),
        ("':80'", "bad_value"),
    ] {
        let found = service(&format!("image: a\nports: [{port}]"));
        assert_eq!(found, [format!("{code}! 6:13")], "{port}");
    }
    for port in ["80", "'80'", "'3000:80'", "53/udp", "'53:53/udp'", "22:22", "'127.0.0.1:1:2'", "'[::1]:1:2/udp'"] {
        assert_eq!(service(&format!("image: a\nports: [{port}]")), [""; 0], "{port}");
    }
    assert_eq!(service("image: a\nports: ['3000:80']\nreplicas: 2"), ["conflict! 7:15"]);
    assert_eq!(service("image: a\nports: [80, 80]"), ["bad_value! 6:17"]);
}

#[test]
fn a_port_that_is_a_mapping_is_checked_key_by_key() {
    for (port, found) in [
        ("published: 80", "missing_key! 6:13"),
        ("target: http", "bad_value! 6:23"),
        ("target: 80, published: '8000-9000'", "unsupported! 6:38"),
        ("target: 80, published: 80, host_ip: localhost", "bad_value! 6:51"),
        ("target: 80, host_ip: 127.0.0.1", "unsupported! 6:13"),
        ("target: 80, protocol: sctp", "bad_value! 6:37"),
        ("target: 80, mode: host", "not_used? 6:27"),
        ("target: 80, public: 80", "unknown_key! 6:27"),
    ] {
        assert_eq!(service(&format!("image: a\nports: [{{ {port} }}]")), [found], "{port}");
    }
}

const PIPELINES: &str = "\
schema: eve/compose/v2
name: shop
services:
  web: { image: nginx }
  migrate: { image: nginx, x-eve: { role: job } }
environments:
  test:
    pipeline: deploi
    approval: required
    type: temporary
    overrides: { services: { wbe: { replicas: 2 }, web: { replicas: two } } }
  Bad_Name: {}
pipelines:
  deploy:
    trigger: {}
    steps:
      - name: build
        action: { type: build, components: [web, api] }
      - name: build
        action: { type: relase }
      - depends_on: [biuld]
        script: { run: 'a && b', timeout: 5m }
      - action: { type: job, service: web }
      - { name: x, depends_on: [y], run: a }
      - { name: y, depends_on: [x], run: b, action: { type: release } }
      - name: z
      - action: { type: deploy, with: { a: b }, env_name: prod }
      - action: { type: notify, channel: c }
      - action: { type: env-delete, env_name: test }
      - requires: { secrets: [a-b] }
        run: c
";

#[test]
fn a_file_with_many_mistakes_tells_all_of_them() {
    assert_eq!(
        brief(PIPELINES),
        [
            "unknown_reference! 8:15",
            "not_used? 10:11",
            "unknown_reference! 11:30",
            "wrong_type! 11:69",
            "invalid! 12:3",
            "missing_key! 15:14",
            "bad_value! 18:45",
            "unknown_reference! 18:50",
            "collision! 19:15",
            "bad_value! 20:25",
            "unknown_reference! 21:22",
            "bad_value! 22:24",
            "bad_value! 23:39",
            "cycle! 24:33",
            "conflict! 25:9",
            "missing_key! 26:9",
            "renamed? 27:33",
            "unknown_key! 27:41",
            "unknown_reference! 27:59",
            "not_used? 28:25",
            "not_used? 29:17",
            "invalid! 30:31",
        ]
    );
}

#[test]
fn a_job_is_waited_for_until_it_has_ended() {
    let with = |depends: &str| {
        brief(&format!(
            "name: a\nservices:\n  web: {{ image: x, depends_on: {depends} }}\n  job: {{ image: x, x-eve: {{ role: job }} }}\n\
             environments: {{ e: {{ pipeline: p }} }}\npipelines: {{ p: {{ steps: [ {{ action: {{ type: job, service: job }} }} ] }} }}\n"
        ))
    };
    assert_eq!(with("[job]"), ["bad_value! 3:33"]);
    assert_eq!(with("{ job: { condition: healthy } }"), ["bad_value! 3:52"]);
    assert_eq!(with("{ job: { condition: service_completed_successfully } }"), [""; 0]);
}

#[test]
fn a_problem_is_shown_with_its_line() {
    let found = problems("name: a\nservices:\n  web:\n    imgae: nginx\n    image: x\n");
    assert_eq!(
        found[0].to_string(),
        "error[manifest.unknown_key]: `imgae` is no key of a service\n --> m.yaml:4:5\n  |\n4 |     imgae: nginx\n  |     ^^^^^\n  = hint: did you mean `image`?"
    );
    let json = serde_json::to_value(&found[0]).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "code": "manifest.unknown_key", "severity": "error", "file": "m.yaml", "line": 4, "column": 5,
            "message": "`imgae` is no key of a service", "hint": "did you mean `image`?",
        })
    );
}

#[test]
fn problems_become_one_error_of_the_vocabulary() {
    let text = "name: a\nlabels: 1\nservices:\n  web: { imgae: x }\n";
    let problems = Manifest::parse(Text { file: "m.yaml", text }, &Limits::default()).unwrap_err();
    let error = eve_core::Error::from(problems);
    assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Invalid, 65));
    assert_eq!(error.code(), &eve_manifest::codes::UNKNOWN_KEY);
    assert!(error.chain().contains("m.yaml:4:10"), "{}", error.chain());
}

#[test]
fn the_number_of_problems_is_bounded() {
    let keys: Vec<String> = (0..100).map(|i| format!("k{i}: 1\n")).collect();
    let text = format!("name: a\nservices: {{}}\n{}", keys.concat());
    let limits = Limits::default().with_problems(10);
    let problems = Manifest::parse(Text { file: "m.yaml", text: &text }, &limits).unwrap_err();
    assert_eq!(problems.iter().count(), 11);
    assert_eq!(problems.iter().last().unwrap().code, eve_manifest::codes::MORE);
}

/// The message and the hint of what is no YAML.
fn syntax(line: &str) -> (String, Option<String>) {
    let found = problems(&format!("name: shop\nservices:\n  web:\n    image: web:1\n    {line}\n"));
    let [problem] = &found[..] else { panic!("one slip is one problem: {found:?}") };
    assert_eq!(problem.code, eve_manifest::codes::SYNTAX);
    (problem.message.clone(), problem.hint.clone())
}

#[test]
fn what_is_no_yaml_is_told_with_what_to_write() {
    let hint = |line: &str| syntax(line).1.unwrap_or_default();
    assert_eq!(syntax("ports: [80").0, "this `[` is never closed");
    assert_eq!(syntax("ports: [80\n...").0, "this `[` is never closed");
    assert_eq!(syntax("ports: &x [80").0, "this `[` is never closed");
    assert_eq!(syntax("labels: { a: b").0, "this `{` is never closed");
    assert_eq!(hint("ports: [80\n  api: {}"), "the `[` of line 5 is still open here: close it with `]`");
    assert_eq!(hint("command: [*x, b]"), "a text that begins with * has to stand in quotes");
    let quotes = "a text with ${…} in it has to stand in quotes between brackets";
    assert_eq!(hint("environment: { A: ${X} }"), quotes);
    assert_eq!(hint("command: [run, ${X}]"), quotes);
}

/// A bracket is not what is wrong with these.
#[test]
fn a_slip_between_brackets_is_told_as_what_it_is() {
    for line in ["command: [run, \"abc]", "command: [a, \"\\q\"]", "command: [a, @b]", "ports: [80}"] {
        let (message, hint) = syntax(line);
        assert!(!message.contains("never closed") && hint.is_none(), "{line}: {message}, {hint:?}");
    }
}
