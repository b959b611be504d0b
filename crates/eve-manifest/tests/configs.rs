//! Configs that services find as files, in the language's own dialect, and places that two files would share.

mod told;

use eve_core::desired::{FileMount, FileSource, Service};
use eve_core::{Desired, OrgName, SourcePath};
use eve_manifest::{Limits, Lowered, Manifest, Problem, Problems, Target, Text, schema};

fn read(text: &str) -> Result<Lowered, Problems> {
    let target = Target::new(OrgName::new("acme").unwrap()).with_variable("HOST", "db");
    Manifest::parse(Text { file: "m.yaml", text }, &Limits::default())?.lower(&target)
}

fn lower(text: &str) -> Desired {
    let lowered = read(text).unwrap_or_else(|problems| panic!("{problems}"));
    lowered.project.environments.into_values().next().unwrap().desired
}

/// Every problem of a text, with its severity and place.
fn brief(text: &str) -> Vec<String> {
    let problems: Vec<Problem> = read(text).map_or_else(|p| p.into_iter().collect(), |lowered| lowered.warnings);
    told::brief(&problems)
}

/// A manifest whose service has these lines from line 6 on.
fn file(lines: &str) -> String {
    let indented: String = lines.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    format!("schema: eve/compose/v2\nname: shop\nservices:\n  web:\n    image: 'x:1'\n{indented}")
}

/// The problems of a service with these configs, which begin at 6:14. `a` and `b` are texts, `c` is of the project.
fn listed(configs: &str) -> Vec<String> {
    let declared = "configs: { a: { content: x }, b: { content: y }, c: { file: c } }";
    let found = brief(&format!("{}{declared}\n", file(&format!("configs: {configs}"))));
    found.into_iter().filter(|problem| !problem.starts_with("not_used? 7:")).collect()
}

/// The problems of a manifest whose service uses the config `a`, which is declared with this from 7:15 on.
fn declaring(options: &str) -> Vec<String> {
    brief(&format!("{}configs: {{ a: {options} }}\n", file("configs: [a]")))
}

fn service(text: &str) -> Service {
    lower(text).services.into_values().next().unwrap()
}

#[test]
fn configs_are_read_in_both_forms() {
    let web = service(&format!(
        "{}configs:\n  a.conf: {{ content: one }}\n  b: {{ file: ./conf//b }}\n",
        file(
            "configs:\n- a.conf\n- b\n- {source: b, target: /etc/./b/}\n- {source: a.conf, target: etc/a}\n\
             - {source: a.conf, target: /x, mode: 0444, x-mine: 1}\n- {source: b, target: y, mode: '0o444'}"
        )
    ));
    let (one, b) = (|target: &str| FileMount::text("one", target), SourcePath::new("conf/b").unwrap());
    let b = |target: &str| FileMount::new(b.clone(), target);
    assert_eq!(web.files, [one("/a.conf"), b("/b"), b("/etc/b"), one("/etc/a"), one("/x"), b("/y")]);
}

#[test]
fn a_config_stands_behind_the_files_of_its_service_and_knows_where() {
    let text = format!(
        "{}configs: {{ a: {{ content: x }} }}\n",
        file("configs: [a]\nx-eve: { files: [{ source: f, target: /f }] }")
    );
    let desired = lower(&text);
    let at = |path: &str| desired.origins.of(&format!("services.web.{path}")).to_string();
    assert_eq!((at("files.0"), at("files.1")), ("m.yaml:7:22".to_owned(), "m.yaml:6:15".to_owned()));
    assert_eq!(desired.services.into_values().next().unwrap().files[1], FileMount::text("x", "/a"));
}

#[test]
fn variables_of_a_text_are_those_of_the_service_that_finds_it() {
    let text = "schema: eve/compose/v2\nname: shop\nservices:\n  web: { image: x, configs: [a] }\n  api: { image: x, configs: [a] }\n\
                environments: { test: {}, live: {} }\nconfigs:\n  a:\n    content: |\n      in ${ENV_NAME} of ${ORG_ID}\n      as ${COMPONENT_NAME}, $$5\n";
    let lowered = read(text).unwrap_or_else(|problems| panic!("{problems}"));
    for (env, environment) in lowered.project.environments {
        for (name, service) in environment.desired.services {
            let text = format!("in {env} of acme\nas {name}, $5\n");
            assert_eq!(service.files[0].source, FileSource::Text { text });
        }
    }
}

#[test]
fn a_variable_is_a_config_where_the_language_has_it() {
    let web = service(&format!("{}configs: {{ a: {{ environment: ORG_ID }} }}\n", file("configs: [a]")));
    assert_eq!(web.files, [FileMount::text("acme", "/a")]);
    assert_eq!(declaring("{ environment: HOST }"), ["unset! 7:30"]);
    let text = format!("{}configs: {{ a: {{ environment: HOST }} }}\n", file("configs: [a]"));
    assert!(read(&text).unwrap_err().first().hint.as_ref().unwrap().contains("`content`"));
}

#[test]
fn a_job_finds_configs_too() {
    let text = format!("{}configs: {{ a: {{ content: x }} }}\n", file("x-eve: { role: job }\nconfigs: [a]"));
    assert_eq!(brief(&text), ["never_run? 4:3"]);
    assert_eq!(lower(&text).jobs.into_values().next().unwrap().files, [FileMount::text("x", "/a")]);
}

#[test]
fn an_environment_replaces_the_list() {
    let overrides = "environments:\n  e: { overrides: { services: { web: { configs: [b] } } } }\n";
    let declared = "configs: { a: { content: x }, b: { content: y } }\n";
    let text = format!("{}{overrides}{declared}", file("configs: [a]"));
    assert_eq!(service(&text).files, [FileMount::text("y", "/b")]);
}

#[test]
fn what_a_config_holds_is_one_thing() {
    for (options, found) in [
        ("5", "wrong_type! 7:15"),
        ("~", "wrong_type! 7:15"),
        ("{}", "missing_key! 7:15"),
        ("{ external: false }", "missing_key! 7:15"),
        ("{ external: true }", "unsupported! 7:27"),
        ("{ external: true, content: x }", "unsupported! 7:27"),
        ("{ external: { name: x } }", "wrong_type! 7:27"),
        ("{ content: x, file: f }", "conflict! 7:15"),
        ("{ environment: ORG_ID, file: f }", "conflict! 7:15"),
        ("{ content: }", "wrong_type! 7:17"),
        ("{ content: '${secret.A}' }", "unsupported! 7:27"),
        ("{ content: '${NOBODY}' }", "unset! 7:27"),
        ("{ environment: 'A B' }", "invalid! 7:30"),
        ("{ file: ../f }", "outside_project! 7:23"),
        ("{ file: /etc/f }", "outside_project! 7:23"),
        ("{ content: x, template_driver: golang }", "unsupported! 7:29"),
        ("{ content: x, name: y }", "not_used? 7:29"),
        ("{ content: x, labels: {} }", "not_used? 7:29"),
        ("{ content: x, path: y }", "unknown_key! 7:29"),
    ] {
        assert_eq!(declaring(options), [found], "{options}");
    }
    assert_eq!(declaring("{ external: false, content: x }"), [""; 0]);
}

#[test]
fn what_cannot_be_a_config_file_is_told_at_its_place() {
    for (item, found) in [
        ("a/b", "invalid! 6:15"),
        ("..", "invalid! 6:15"),
        ("~", "wrong_type! 6:15"),
        ("[a]", "wrong_type! 6:15"),
        ("{ target: a }", "missing_key! 6:15"),
        ("{ source: a b }", "invalid! 6:25"),
        ("{ source: a, target: '' }", "bad_value! 6:36"),
        ("{ source: a, target: / }", "bad_value! 6:36"),
        ("{ source: a, target: . }", "bad_value! 6:36"),
        ("{ source: a, target: /a/../b }", "bad_value! 6:36"),
        ("{ source: a, target: 'C:\\a' }", "bad_value! 6:36"),
        ("{ source: a, target: \"/a\\nb\" }", "bad_value! 6:36"),
        ("{ source: a, mode: 0644 }", "not_used? 6:34"),
        ("{ source: a, mode: '0664' }", "not_used? 6:34"),
        ("{ source: a, mode: 0440 }", "unsupported! 6:34"),
        ("{ source: a, mode: 0555 }", "unsupported! 6:34"),
        ("{ source: a, mode: 444 }", "unsupported! 6:34"),
        ("{ source: a, mode: 0o }", "bad_value! 6:34"),
        ("{ source: a, mode: '0+444' }", "bad_value! 6:34"),
        ("{ source: a, mode: r }", "bad_value! 6:34"),
        ("{ source: a, uid: '103' }", "unsupported! 6:28"),
        ("{ source: a, gid: '103' }", "unsupported! 6:28"),
        ("{ source: a, path: /a }", "unknown_key! 6:28"),
        ("d", "unknown_reference! 6:15"),
        ("{ source: d, target: /d }", "unknown_reference! 6:25"),
    ] {
        assert_eq!(listed(&format!("[{item}]")), [found], "{item}");
    }
    assert_eq!(listed("a"), ["wrong_type! 6:14"]);
}

#[test]
fn a_config_that_is_not_declared_has_a_hint() {
    let hint = |text: &str| read(text).unwrap_err().first().hint.clone().unwrap();
    assert!(hint(&file("configs: [nginx]")).contains("configs: {nginx: {content"));
    let near = hint(&format!("{}configs: {{ nginx_conf: {{ content: x }} }}\n", file("configs: [nginx_cnof]")));
    assert!(near.contains("`nginx_conf`"), "{near}");
}

#[test]
fn a_declared_config_that_nobody_uses_is_told_and_not_filled_in() {
    let with = |lines: &str| brief(&format!("{}configs:\n  a: {{ content: '${{NOBODY' }}\n", file(lines)));
    assert_eq!(with("command: x"), ["not_used? 8:3", "malformed! 8:18"]);
    let text = format!("{}configs: {{ a: {{ environment: NOBODY }}, b/c: {{ content: x }} }}\n", file("command: x"));
    assert_eq!(brief(&text), ["not_used? 7:12", "invalid! 7:40"]);
    assert_eq!(brief(&format!("{}configs: [a]\n", file("configs: [a]"))), ["wrong_type! 7:10"]);
}

#[test]
fn two_files_at_one_place_conflict_and_name_each_other() {
    for (configs, found) in [
        ("[a, a]", "conflict! 6:18"),
        ("[a, { source: b, target: a }]", "conflict! 6:39"),
        ("[c, { source: a, target: //c/. }]", "conflict! 6:39"),
        ("[{ source: a, target: /b }, b]", "conflict! 6:42"),
    ] {
        assert_eq!(listed(configs), [found], "{configs}");
    }
    assert_eq!(listed("[a, { source: a, target: b }]"), [""; 0]);
    let text = |lines: &str| {
        format!(
            "{}configs: {{ a: {{ content: x }} }}\n",
            file(&format!("configs: [{{ source: a, target: /f }}]\n{lines}"))
        )
    };
    for lines in [
        "x-eve: { files: [{ source: f, target: /f }] }",
        "secrets: [{ source: A, target: /f }]",
        "volumes: ['data:/f']",
        "volumes: ['/srv:/f']",
    ] {
        let problems = read(&text(lines)).unwrap_err();
        let first = problems.first();
        assert_eq!(first.code, eve_manifest::codes::CONFLICT, "{lines}");
        let (here, other) = if lines.starts_with("secrets") { (7, "m.yaml:6:") } else { (6, "m.yaml:7:") };
        assert!(first.line == here && first.message.contains(other), "{lines}: {}", first.message);
    }
}

#[test]
fn nothing_lies_within_a_file() {
    for (configs, found) in [
        ("[a, { source: b, target: /a/b }]", "conflict! 6:39"),
        ("[{ source: b, target: /a/b/c }, a]", "conflict! 6:36"),
        ("[a, { source: c, target: a/c }]", "conflict! 6:39"),
    ] {
        assert_eq!(listed(configs), [found], "{configs}");
    }
    let beside = |lines: &str| {
        brief(&format!("{}configs: {{ a: {{ content: x }} }}\n", file(&format!("configs: [a]\n{lines}"))))
    };
    assert_eq!(beside("x-eve: { files: [{ source: f, target: /a/f }] }"), ["conflict! 7:43"]);
    assert_eq!(beside("secrets: [{ source: A, target: /a/s }]"), ["conflict! 7:36"]);
    assert_eq!(beside("volumes: ['data:/a/v']"), ["conflict! 7:15"]);
    assert_eq!(beside("x-eve: { files: [{ source: f, target: /ab }, { source: f, target: /b/a }] }"), [""; 0]);
    let secrets = "secrets: [A, { source: B, target: /run/secrets/A/b }]";
    assert_eq!(beside(secrets), ["conflict! 7:39"]);
}

#[test]
fn what_may_be_a_folder_of_the_project_is_told_once_it_is_read() {
    assert_eq!(listed("[c, { source: a, target: /c/a }]"), [""; 0]);
    let files = "x-eve: { files: [{ source: f, target: /etc/f }, { source: g, target: /etc/f/g }] }";
    assert_eq!(brief(&file(files)), [""; 0]);
}

#[test]
fn the_schema_describes_configs() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let keys = |kind: &str| schema["$defs"][kind]["properties"].as_object().unwrap().clone();
    let item = &keys("service")["configs"]["items"]["anyOf"];
    assert_eq!((&item[0]["title"], &item[1]["$ref"]), (&"the name of a config".into(), &"#/$defs/config-file".into()));
    assert_eq!(keys("config-file")["uid"]["not"], serde_json::json!({}));
    assert_eq!(keys("manifest")["configs"]["additionalProperties"]["$ref"], "#/$defs/config");
}
