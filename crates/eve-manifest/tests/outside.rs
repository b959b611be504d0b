//! What a service asks of the world around it and of agents, and what no backend can do yet.

mod told;

use eve_core::{LossGrade, OrgName};
use eve_manifest::{Limits, Lowered, Manifest, Problems, Target, Text};

use told::brief;

fn resolve(text: &str) -> Result<Lowered, Problems> {
    let target = Target::new(OrgName::new("acme").unwrap());
    Manifest::resolve(Text { file: "m.yaml", text }, &Limits::default(), &target)
}

/// What is wrong, each with its place; warnings end with a question mark.
fn found(text: &str) -> Vec<String> {
    let all: Vec<_> = match resolve(text) {
        Ok(lowered) => lowered.warnings,
        Err(problems) => problems.into_iter().collect(),
    };
    brief(&all)
}

/// A service with three ports and a section of these keys, which begin at 7:5.
fn section(keys: &str) -> String {
    format!(
        "schema: eve/compose/v2\nname: a\nservices:\n web:\n  image: 'x:1'\n  ports: [80, 5432, 53/udp, 30001]\n  x-eve:\n    {keys}\n"
    )
}

/// The problems of a section of these keys, without the warning that the plan is refused.
fn wrong(keys: &str) -> Vec<String> {
    found(&section(keys)).into_iter().filter(|one| !one.starts_with("unsupported?")).collect()
}

#[test]
fn what_no_backend_can_do_is_a_loss_that_stops_a_deploy() {
    for (keys, path, column) in [
        (
            "tcp_ingress: { listeners: [{ name: pg, port: 5432 }], allow_cidrs: [10.0.0.0/8, '::/0'], hostname: db.example.org }",
            "tcp_ingress",
            18,
        ),
        (
            "object_store: { buckets: [{ name: images, visibility: public, cors: { origins: ['*', 'https://a.b'], methods: [GET, PUT], max_age_seconds: 60 } }], isolation: irsa }",
            "object_store",
            19,
        ),
        ("networking: { egress: stable }", "networking.egress", 27),
    ] {
        assert_eq!(found(&section(keys)), [format!("unsupported? 8:{column}")]);
        let project = resolve(&section(keys)).unwrap().project;
        let desired = &project.environments.values().next().unwrap().desired;
        let losses: Vec<_> = desired.losses.iter().map(|loss| (loss.path.as_str(), loss.grade)).collect();
        let path = format!("services.web.x-eve.{path}");
        assert_eq!(losses, [(path.as_str(), LossGrade::Refused)]);
        assert_eq!(desired.origins.of(&path).to_string(), format!("m.yaml:8:{column}"));
    }
}

#[test]
fn the_way_to_the_outside_that_everybody_has_costs_nothing() {
    assert_eq!(found(&section("networking: { egress: nat }")), [""; 0]);
    assert_eq!(found(&section("networking: {}")), [""; 0]);
    assert_eq!(wrong("networking: { egress: fixed }"), ["bad_value! 8:27"]);
}

#[test]
fn listeners_are_checked_one_by_one() {
    let listeners = |list: &str| wrong(&format!("tcp_ingress: {{ listeners: [{list}] }}"));
    assert_eq!(listeners("{ name: pg, port: 5432 }, { name: http, port: 80 }"), [""; 0]);
    assert_eq!(listeners(""), ["bad_value! 8:31"]);
    let many: Vec<_> = (0..21).map(|i| format!("{{ name: a{i}, port: 80 }}")).collect();
    assert!(listeners(&many.join(", ")).contains(&"bad_value! 8:31".to_owned()));
    assert_eq!(listeners("{ port: 80 }, { name: a }"), ["missing_key! 8:32", "missing_key! 8:46"]);
    assert_eq!(listeners("{ name: A, port: http }"), ["bad_value! 8:40", "wrong_type! 8:49"]);
    assert_eq!(listeners("{ name: a, port: 81 }"), ["unknown_reference! 8:49"]);
    assert_eq!(listeners("{ name: a, port: 53 }"), ["unknown_reference! 8:49"], "that one is of UDP");
    assert_eq!(listeners("{ name: a, port: 30001 }"), ["bad_value! 8:49"]);
    assert_eq!(listeners("{ name: a, port: 80 }, { name: b, port: 80 }"), ["conflict! 8:72"]);
    assert_eq!(listeners("{ name: a, port: 80 }, { name: a, port: 5432 }"), ["collision! 8:63"]);
    assert_eq!(listeners("{ name: a, port: 80, to: 81 }"), ["unknown_key! 8:53"]);
    assert_eq!(wrong("tcp_ingress: {}"), ["missing_key! 8:18"]);
}

#[test]
fn who_may_connect_is_said_in_blocks_of_addresses() {
    let rest = "listeners: [{ name: a, port: 80 }]";
    assert_eq!(
        wrong(&format!("tcp_ingress: {{ {rest}, allow_cidrs: [10.0.0.1, 10.0.0.0/33] }}")),
        ["bad_value! 8:70", "bad_value! 8:80"]
    );
    assert_eq!(wrong(&format!("tcp_ingress: {{ {rest}, hostname: A.b }}")), ["invalid! 8:66"]);
    let both =
        format!("tcp_ingress: {{ {rest}, hostname: a.example.org }}\n    ingress: {{ domains: [a.example.org] }}");
    assert_eq!(wrong(&both), ["collision! 8:66"]);
}

#[test]
fn buckets_are_checked_one_by_one() {
    let buckets = |list: &str| wrong(&format!("object_store: {{ buckets: [{list}] }}"));
    assert_eq!(
        buckets("{ name: a1 }, { name: b-c, visibility: private, cors: { origins: ['http://localhost:3000'] } }"),
        [""; 0]
    );
    assert_eq!(buckets(""), ["bad_value! 8:30"]);
    assert_eq!(buckets("{}"), ["missing_key! 8:31"]);
    assert_eq!(buckets("{ name: ab }, { name: ab }"), ["collision! 8:53"]);
    assert_eq!(buckets("{ name: a_b, visibility: secret }"), ["bad_value! 8:39", "bad_value! 8:56"]);
    assert_eq!(buckets("{ name: ab, cors: {} }"), ["missing_key! 8:49"]);
    assert_eq!(
        buckets("{ name: ab, cors: { origins: [a.b, 'https://a/b'], methods: [get], max_age_seconds: -1 } }"),
        ["bad_value! 8:61", "bad_value! 8:66", "bad_value! 8:92", "bad_value! 8:115"]
    );
    assert_eq!(wrong("object_store: { isolation: own }"), ["missing_key! 8:19", "bad_value! 8:32"]);
}

#[test]
fn a_job_has_no_ports_and_may_have_buckets() {
    let text = "name: a\nservices:\n  j: { image: 'x:1', x-eve: { role: job, tcp_ingress: { listeners: [] }, object_store: { buckets: [{ name: ab }] } } }\n\
                pipelines: { p: { steps: [{ action: { type: job, service: j } }] } }\n";
    assert_eq!(found(text), ["not_used? 3:55", "unsupported? 3:88"]);
    let project = resolve(text).unwrap().project;
    let desired = &project.environments.values().next().unwrap().desired;
    assert_eq!(desired.losses[0].path, "services.j.x-eve.object_store");
}

#[test]
fn what_is_for_agents_is_looked_at_and_carried_along() {
    for (keys, expected) in [
        (
            "api_spec: { type: openapi, spec_url: /openapi.json, on_deploy: false, auth: none, name: main }",
            &["carried? 8:5"] as &[_],
        ),
        (
            "api_spec: { type: soap, on_deploy: 1, auth: all, url: / }",
            &["carried? 8:5", "bad_value! 8:23", "wrong_type! 8:40", "bad_value! 8:49", "unknown_key! 8:54"],
        ),
        ("api_specs: [{ type: graphql }, {}]", &["carried? 8:5"]),
        ("api_specs: { type: graphql }", &["carried? 8:5", "wrong_type! 8:16"]),
        ("cli: { name: shop-, bin: shop, image: 'x:1', description: 'orders ${X}' }", &["carried? 8:5"]),
        ("cli: { name: Shop }", &["carried? 8:5", "bad_value! 8:18"]),
        ("cli: { bin: shop }", &["carried? 8:5", "missing_key! 8:10"]),
        ("permissions: ['orders:read']", &["carried? 8:5"]),
        ("permissions: all", &["carried? 8:5", "wrong_type! 8:18"]),
        ("worker_type: fast", &["carried? 8:5"]),
        ("worker_type: [fast]", &["carried? 8:5", "wrong_type! 8:18"]),
        ("audit_log_table: log", &["carried? 8:5"]),
        ("audit_log_table: {}", &["carried? 8:5", "wrong_type! 8:22"]),
        ("request_id_column: id", &["carried? 8:5"]),
        ("request_id_column: []", &["carried? 8:5", "wrong_type! 8:24"]),
    ] {
        assert_eq!(found(&section(keys)), expected, "{keys}");
    }
    let project = resolve(&section("api_spec: { auth: none }")).unwrap().project;
    assert_eq!(project.carried["services.web.x-eve.api_spec"].as_str(), "{\"auth\":\"none\"}");
}

#[test]
fn how_versions_are_chosen_is_looked_at_and_told() {
    let versioning = |keys: &str| found(&format!("name: a\nservices: {{}}\nversioning: {{ {keys} }}\n"));
    assert_eq!(
        versioning("scheme: semver, source: git_tag, tag: { enabled: true, format: v1 }, files: [package.json]"),
        ["not_used? 3:13"]
    );
    assert_eq!(versioning("scheme: calver, source: me"), ["not_used? 3:13", "bad_value! 3:23", "bad_value! 3:39"]);
    assert_eq!(versioning("tag: { enabled: 1, from: x }"), ["not_used? 3:13", "wrong_type! 3:31", "unknown_key! 3:34"]);
    assert_eq!(versioning("files: [../x], fles: []"), ["not_used? 3:13", "outside_project! 3:23", "unknown_key! 3:30"]);
}
