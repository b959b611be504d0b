//! Secrets that services find as files, in the language's own dialect.

mod told;

use eve_core::desired::{SecretFile, Service};
use eve_core::{Desired, OrgName, SecretName};
use eve_manifest::{Limits, Lowered, Manifest, Problem, Problems, Severity, Target, Text, schema};

fn read(text: &str) -> Result<Lowered, Problems> {
    let target = Target::new(OrgName::new("acme").unwrap());
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

/// The problems of a service with these secrets, which begin at 6:14.
fn listed(secrets: &str) -> Vec<String> {
    brief(&file(&format!("secrets: {secrets}")))
}

/// The problems of a manifest whose service uses the secret A and which declares these, from 7:10 on.
fn declaring(secrets: &str) -> Vec<String> {
    brief(&format!("{}secrets: {secrets}\n", file("secrets: [A]")))
}

fn service(text: &str) -> Service {
    lower(text).services.into_values().next().unwrap()
}

fn name(text: &str) -> SecretName {
    SecretName::new(text).unwrap()
}

#[test]
fn secrets_are_read_in_both_forms() {
    let web = service(&file(
        "secrets:\n- TOKEN\n- { source: A }\n- { source: B, target: b.pem }\n- { source: C, target: /etc/app/c.key }\n\
         - { source: A, target: other, mode: 0400 }\n- { source: D, mode: '0400', x-mine: 1 }",
    ));
    let expected = [
        SecretFile::new(name("TOKEN")),
        SecretFile::new(name("A")),
        SecretFile::new(name("B")).with_target("/run/secrets/b.pem"),
        SecretFile::new(name("C")).with_target("/etc/app/c.key"),
        SecretFile::new(name("A")).with_target("/run/secrets/other"),
        SecretFile::new(name("D")),
    ];
    assert_eq!(web.secrets, expected);
    assert!(web.process.environment.is_empty(), "they reach no variable");
}

#[test]
fn secrets_of_variables_stay_there() {
    let web = service(&file("environment: { A: '${secret.A}' }\nsecrets: [B]"));
    assert_eq!(web.secrets, [SecretFile::new(name("B"))]);
    assert_eq!(web.process.environment.values().next().unwrap().as_text(), None);
}

#[test]
fn a_secret_knows_where_it_stands() {
    let desired = lower(&file("secrets: [A, { source: B, target: b }]"));
    let at = |path: &str| desired.origins.of(&format!("services.web.{path}")).to_string();
    assert_eq!((at("secrets"), at("secrets.0")), ("m.yaml:6:14".to_owned(), "m.yaml:6:15".to_owned()));
    assert_eq!(at("secrets.1"), "m.yaml:6:18");
}

#[test]
fn an_environment_replaces_the_list() {
    let text = format!(
        "{}environments:\n  e: {{ overrides: {{ services: {{ web: {{ secrets: [B] }} }} }} }}\nsecrets: {{ B: }}\n",
        file("secrets: [A]")
    );
    assert_eq!(service(&text).secrets, [SecretFile::new(name("B"))]);
    assert_eq!(brief(&text), [""; 0]);
}

#[test]
fn what_cannot_be_a_secret_file_is_told_at_its_place() {
    for (item, found) in [
        ("a-b", "invalid! 6:15"),
        ("1A", "invalid! 6:15"),
        ("~", "wrong_type! 6:15"),
        ("[A]", "wrong_type! 6:15"),
        ("{ target: a }", "missing_key! 6:15"),
        ("{ source: a-b }", "invalid! 6:25"),
        ("{ source: A, target: a/b }", "bad_value! 6:36"),
        ("{ source: A, target: ../a }", "bad_value! 6:36"),
        ("{ source: A, target: .. }", "bad_value! 6:36"),
        ("{ source: A, target: . }", "bad_value! 6:36"),
        ("{ source: A, target: '' }", "bad_value! 6:36"),
        ("{ source: A, target: / }", "bad_value! 6:36"),
        ("{ source: A, target: /a/ }", "bad_value! 6:36"),
        ("{ source: A, target: /a//b }", "bad_value! 6:36"),
        ("{ source: A, target: /a/./b }", "bad_value! 6:36"),
        ("{ source: A, target: /a/../b }", "bad_value! 6:36"),
        ("{ source: A, target: \"/a\\nb\" }", "bad_value! 6:36"),
        ("{ source: A, mode: 0444 }", "unsupported! 6:34"),
        ("{ source: A, mode: '0440' }", "unsupported! 6:34"),
        ("{ source: A, mode: 400 }", "unsupported! 6:34"),
        ("{ source: A, mode: 256 }", "unsupported! 6:34"),
        ("{ source: A, mode: rw }", "bad_value! 6:34"),
        ("{ source: A, uid: '1000' }", "unsupported! 6:28"),
        ("{ source: A, gid: '1000' }", "unsupported! 6:28"),
        ("{ source: A, path: /a }", "unknown_key! 6:28"),
    ] {
        assert_eq!(listed(&format!("[{item}]")), [found], "{item}");
    }
    assert_eq!(listed("A"), ["wrong_type! 6:14"]);
}

#[test]
fn two_things_at_one_place_conflict() {
    assert_eq!(listed("[A, A]"), ["conflict! 6:18"]);
    assert_eq!(listed("[A, { source: B, target: A }]"), ["conflict! 6:39"]);
    assert_eq!(listed("[{ source: A, target: /run/secrets/B }, B]"), ["conflict! 6:54"]);
    assert_eq!(listed("[A, { source: A, target: B }]"), [""; 0]);
    let beside = |lines: &str| brief(&file(&format!("secrets: [{{ source: A, target: /a }}]\n{lines}")));
    assert_eq!(beside("volumes: ['data:/a']"), ["conflict! 6:36"]);
    assert_eq!(beside("x-eve: { files: [{ source: a, target: /a }] }"), ["conflict! 6:36"]);
    let files = "x-eve: { files: [{ source: a, target: /b }, { source: c, target: /b/ }] }";
    assert_eq!(beside(files), ["conflict! 7:70"]);
    assert_eq!(beside("x-eve: { storage: { mount_path: /a } }"), ["conflict! 6:36"]);
}

#[test]
fn a_place_is_the_same_however_it_is_spelled() {
    let beside = |lines: &str| brief(&file(&format!("secrets: [{{ source: A, target: /a/b }}]\n{lines}")));
    for spelled in ["//a/b", "/a/./b", "/a/b/", "/a//b/."] {
        assert_eq!(beside(&format!("volumes: ['data:{spelled}']")), ["conflict! 6:36"], "{spelled}");
        assert_eq!(beside(&format!("x-eve: {{ files: [{{ source: a, target: {spelled} }}] }}")), ["conflict! 6:36"]);
        assert_eq!(beside(&format!("x-eve: {{ storage: {{ mount_path: {spelled} }} }}")), ["conflict! 6:36"]);
        let twice = brief(&file(&format!("volumes: ['one:/a/b', 'two:{spelled}']")));
        assert_eq!(twice, ["conflict! 6:27"], "{spelled}");
        let both = brief(&file(&format!("volumes: ['one:/a/b']\nx-eve: {{ storage: {{ mount_path: {spelled} }} }}")));
        assert_eq!(both, ["conflict! 7:37"], "{spelled}");
        let web = service(&file(&format!(
            "volumes: ['one:{spelled}']\nx-eve: {{ files: [{{ source: c, target: /c/./d/ }}] }}"
        )));
        assert_eq!((web.mounts[0].target.as_str(), web.files[0].target.as_str()), ("/a/b", "/c/d"));
    }
    for bad in ["//", "/.", "/a/../b"] {
        assert_eq!(brief(&file(&format!("volumes: ['one:{bad}']"))), ["bad_value! 6:15"], "{bad}");
    }
}

#[test]
fn a_job_has_no_secrets_as_files() {
    let text = file("x-eve: { role: job }\nsecrets: [A, A]");
    assert_eq!(brief(&text), ["never_run? 4:3", "unsupported! 7:14"]);
    let problems = read(&text).unwrap_err();
    let hint = problems.iter().find(|problem| problem.severity == Severity::Error).unwrap().hint.clone();
    assert!(hint.unwrap().contains("${secret.KEY}"));
}

#[test]
fn declared_secrets_are_stored_elsewhere() {
    for (options, found) in [
        ("5", "wrong_type! 7:15"),
        ("{ external: 1 }", "wrong_type! 7:27"),
        ("{ external: false }", "bad_value! 7:27"),
        ("{ external: true, file: ./a }", "unsupported! 7:33"),
        ("{ file: ./a }", "unsupported! 7:17"),
        ("{ environment: A }", "unsupported! 7:17"),
        ("{ content: a }", "unsupported! 7:17"),
        ("{ name: a }", "unsupported! 7:17"),
        ("{ driver: a }", "unsupported! 7:17"),
        ("{ driver_opts: {} }", "unsupported! 7:17"),
        ("{ template_driver: a }", "unsupported! 7:17"),
        ("{ labels: {} }", "not_used? 7:17"),
        ("{ path: a }", "unknown_key! 7:17"),
    ] {
        assert_eq!(declaring(&format!("{{ A: {options} }}")), [found], "{options}");
    }
    assert_eq!(declaring("[A]"), ["wrong_type! 7:10"]);
    assert_eq!(declaring("{ A: , a-b: }"), ["invalid! 7:17"]);
}

#[test]
fn a_text_of_a_secret_in_a_file_is_led_to_the_store() {
    for options in ["{ file: ./a }", "{ environment: A }", "{ name: a }", "{ driver: a }", "{ external: false }"] {
        let text = format!("{}secrets: {{ A: {options} }}\n", file("secrets: [A]"));
        let hint = read(&text).unwrap_err().first().hint.clone().unwrap();
        assert!(hint.contains("eve secret set NAME"), "{options}: {hint}");
    }
}

#[test]
fn a_declared_secret_that_nobody_uses_is_told() {
    let with = |lines: &str| brief(&format!("{}secrets:\n  A: {{ external: true }}\n  B:\n", file(lines)));
    assert_eq!(with("secrets: [A]"), ["not_used? 9:3"]);
    assert_eq!(with("secrets: [{ source: B, target: A }]"), ["not_used? 8:3"]);
    assert_eq!(with("secrets: [A]\nenvironment: { B: 'x${secret.B}' }"), [""; 0]);
    assert_eq!(with("secrets: [{ source: A, target: a/b }, B]"), ["bad_value! 6:36"]);
    let text = "schema: eve/compose/v2\nname: a\nservices: {}\nsecrets: { A: }\npipelines:\n  p: { steps: [{ run: a, requires: { secrets: [A] } }] }\n";
    assert_eq!(brief(text), [""; 0]);
}

#[test]
fn the_schema_describes_secrets() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let keys = |kind: &str| schema["$defs"][kind]["properties"].as_object().unwrap().clone();
    let item = &keys("service")["secrets"]["items"]["anyOf"];
    assert_eq!((&item[0]["title"], &item[1]["$ref"]), (&"the name of a secret".into(), &"#/$defs/secret-file".into()));
    assert_eq!(schema["$defs"]["secret-file"]["required"], serde_json::json!(["source"]));
    assert_eq!(keys("secret-file")["uid"]["not"], serde_json::json!({}));
    let declared = &keys("manifest")["secrets"]["additionalProperties"]["anyOf"];
    assert_eq!((&declared[0]["type"], &declared[1]["$ref"]), (&"null".into(), &"#/$defs/secret".into()));
}
