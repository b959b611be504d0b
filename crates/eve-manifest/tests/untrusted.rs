//! What a stranger's manifest may try, each with what becomes of it.

use eve_core::policy::{Links, Policy, judge};
use eve_core::{AbsolutePath, Code, Desired, OrgName, Template};
use eve_manifest::{Limits, Manifest, Problem, Problems, Target, Text, codes};

fn target() -> Target {
    let target = Target::new(OrgName::new("acme").unwrap()).with_variable("A", "${B}").with_variable("B", "${A}");
    target.with_folder(AbsolutePath::new("/home/me/shop").unwrap())
}

fn resolve(text: &str) -> Result<Desired, Problems> {
    let lowered = Manifest::resolve(Text { file: "m.yaml", text }, &Limits::default(), &target())?;
    Ok(lowered.project.environments.into_values().next().unwrap().desired)
}

/// A service with these keys, all on line 3.
fn service(keys: &str) -> String {
    format!("name: a\nservices:\n  web: {{ image: 'x:1', {keys} }}\n")
}

/// The errors of a text.
fn errors(text: &str) -> Vec<Problem> {
    resolve(text).map_or_else(|problems| problems.errors().cloned().collect(), |_| Vec::new())
}

fn error_codes(text: &str) -> Vec<Code> {
    errors(text).into_iter().map(|problem| problem.code).collect()
}

/// What the host's policy, which allows nothing by default, says of a service with these keys.
fn judged(keys: &str) -> Vec<String> {
    let desired = resolve(&service(keys)).unwrap_or_else(|problems| panic!("{problems}"));
    judge(&Policy::deny(), &desired, &Links::default()).iter().map(|one| one.code.to_string()).collect()
}

fn variable(text: &str, name: &str) -> Template {
    resolve(text).unwrap().services.into_values().next().unwrap().process.environment[&name.parse().unwrap()].clone()
}

#[test]
fn aliases_that_multiply_are_bounded_wherever_they_stand() {
    let bomb = |prefix: &str| {
        let line = |i: usize| format!("{prefix}a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "));
        format!("{prefix}a0: &a0 [{}]\n{}", ["x"; 9].join(", "), (1..9).map(line).collect::<String>())
    };
    assert_eq!(error_codes(&bomb("x-")), [codes::EXPANSION_LIMIT]);
    assert_eq!(error_codes(&format!("services:\n{}", bomb("  "))), [codes::EXPANSION_LIMIT]);
}

#[test]
fn an_alias_within_itself_is_refused() {
    for text in ["x-a: &a [*a]\n", "x-a: &a { b: { c: *a } }\n", "x-a: &a\n  <<: *a\n"] {
        assert_eq!(error_codes(&format!("name: a\nservices: {{}}\n{text}")), [codes::CYCLIC_ALIAS], "{text}");
    }
}

#[test]
fn a_key_stands_once_however_its_value_came_there() {
    assert_eq!(error_codes(&service("privileged: false, privileged: true")), [codes::DUPLICATE_KEY]);
    assert_eq!(error_codes(&service("Privileged: true")), [codes::UNKNOWN_KEY], "keys have one case");
    let merged = "name: a\nx-all: &all { privileged: true }\nservices:\n  web: { <<: *all, image: 'x:1' }\n";
    let over =
        "name: a\nx-all: &all { privileged: true }\nservices:\n  web: { <<: *all, image: 'x:1', privileged: false }\n";
    let is_privileged = |text: &str| resolve(text).unwrap().services.into_values().next().unwrap().host.privileged;
    assert!(is_privileged(merged), "what is merged counts, and the policy judges it");
    assert!(!is_privileged(over), "what stands there wins over what is merged");
}

#[test]
fn words_are_never_taken_for_numbers_or_truths() {
    for word in ["no", "y", "on", "0o17", "0x1f", "22:22", "1_000"] {
        assert_eq!(variable(&service(&format!("environment: {{ A: {word} }}")), "A").as_text(), Some(word));
        assert_eq!(error_codes(&service(&format!("privileged: {word}"))), [codes::WRONG_TYPE], "{word}");
        assert_eq!(error_codes(&service(&format!("replicas: {word}"))), [codes::WRONG_TYPE], "{word}");
    }
    assert_eq!(error_codes(&service("replicas: 1e3")), [codes::WRONG_TYPE]);
    assert_eq!(variable(&service("environment: { A: 1e3 }"), "A").as_text(), Some("1e3"));
    let ports = resolve(&service("ports: [22:22]")).unwrap().services.into_values().next().unwrap().ports;
    assert_eq!((ports[0].number, ports[0].published), (22, Some(22)), "a port, and no number to the base of sixty");
}

#[test]
fn characters_that_nobody_sees_are_refused() {
    for c in ['\0', '\u{202e}', '\u{2066}', '\u{200b}', '\u{200d}', '\u{7f}', '\u{1b}'] {
        let found = error_codes(&format!("name: a\nservices:\n  w{c}b: {{ image: 'x:1' }}\n"));
        assert_eq!(found, [codes::CHARSET], "U+{:04X}", c as u32);
    }
    for escape in ["\\0", "\\u202e", "\\u200b", "\\e"] {
        let found = error_codes(&service(&format!("environment: {{ A: \"x{escape}\" }}")));
        assert_eq!(found, [codes::CHARSET], "{escape}");
    }
    let bytes = b"name: a\nservices:\n  w\xffb: {}\n";
    let problem = Text::of_bytes("m.yaml", bytes).unwrap_err().first().clone();
    assert_eq!((problem.code, problem.line, problem.column), (codes::CHARSET, 3, 4));
    assert!(resolve("\u{feff}name: a\nservices: {}\n").is_ok(), "a mark at the beginning says nothing");
}

#[test]
fn tags_make_no_types() {
    for tag in ["!!python/object:os.system", "!Env", "!!binary", "!<tag:yaml.org,2002:js/function>"] {
        assert_eq!(error_codes(&service(&format!("command: {tag} x"))), [codes::TAG], "{tag}");
    }
}

#[test]
fn a_variable_is_filled_in_once() {
    assert_eq!(variable(&service("environment: { X: '${A}' }"), "X").as_text(), Some("${B}"), "text, and no reference");
    let deep = format!("{}x{}", "${NO:-".repeat(5_000), "}".repeat(5_000));
    assert_eq!(error_codes(&service(&format!("environment: {{ X: '{deep}' }}"))), [codes::DEPTH]);
}

#[test]
fn what_has_no_value_is_named_and_nothing_else_is_shown() {
    let target = target().with_variable("EMPTY", "").with_variable("TOKEN", "swordfish");
    let text = service("environment: { X: '${TOKEN}${NOT_THERE}', Y: '${EMPTY:?say it}' }");
    let problems = Manifest::resolve(Text { file: "m.yaml", text: &text }, &Limits::default(), &target).unwrap_err();
    assert_eq!(problems.errors().map(|problem| problem.code.clone()).collect::<Vec<_>>(), [codes::UNSET, codes::UNSET]);
    let told = problems.to_string();
    assert!(told.contains("NOT_THERE") && told.contains("EMPTY") && !told.contains("swordfish"), "{told}");
    assert_eq!(error_codes(&service("environment: { X: '${secret.}' }")), [eve_core::codes::NAME_INVALID]);
}

#[test]
fn a_service_has_a_name_that_leads_nowhere() {
    for name in ["../../etc", ".", "..", "a/b", "-rf", ".a", "a b", "$(id)", "`id`", "a;b", "a|b", "", &"a".repeat(300)]
    {
        let found = error_codes(&format!("name: a\nservices:\n  '{name}': {{ image: 'x:1' }}\n"));
        assert_eq!(found, [eve_core::codes::NAME_INVALID], "{name}");
    }
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    for place in ["oci://host/x", "https://host/x.yaml", "git@host:x", "../x.yaml"] {
        assert_eq!(
            error_codes(&format!("name: a\ninclude: ['{place}']\nservices: {{}}\n")),
            [codes::UNSUPPORTED],
            "{place}"
        );
        assert_eq!(
            error_codes(&service(&format!("extends: {{ file: '{place}', service: web }}"))),
            [codes::UNSUPPORTED]
        );
    }
}

#[test]
fn no_file_of_the_host_is_read_for_variables_configs_or_secrets() {
    for path in ["/etc/shadow", "~/.aws/credentials", "../x", "a/../../x", "/dev/zero", "/proc/self/environ", "C:\\x"] {
        assert_eq!(error_codes(&service(&format!("env_file: '{path}'"))), [codes::UNSUPPORTED], "{path}");
        let config = format!("{}configs: {{ c: {{ file: '{path}' }} }}\n", service("configs: [c]"));
        assert_eq!(error_codes(&config), [codes::OUTSIDE], "{path}");
        let secret = format!("{}secrets: {{ s: {{ file: '{path}' }} }}\n", service("secrets: [s]"));
        assert_eq!(error_codes(&secret), [codes::UNSUPPORTED], "{path}");
        let file = service(&format!("x-eve: {{ files: [{{ source: '{path}', target: /x }}] }}"));
        assert_eq!(error_codes(&file), [codes::OUTSIDE], "{path}");
    }
}

#[test]
fn folders_of_the_host_are_denied_unless_the_host_allows_them() {
    for source in ["/", "/etc", "/var/run/docker.sock", "/proc", "/sys", "./a", "../../.."] {
        let found = judged(&format!("volumes: ['{source}:/b']"));
        assert!(found.iter().any(|code| code.starts_with("policy.")), "{source}: {found:?}");
    }
    assert_eq!(error_codes(&service("volumes: ['./a:/b:rshared']")), [codes::UNSUPPORTED]);
    assert_eq!(error_codes(&service("volumes: ['C:\\:/b']")), [codes::BAD_VALUE]);
}

#[test]
fn rights_on_the_host_are_denied_unless_the_host_allows_them() {
    for (keys, code) in [
        ("privileged: true", "policy.privileged"),
        ("cap_add: [ALL]", "policy.capability"),
        ("cap_add: [SYS_ADMIN]", "policy.capability"),
        ("security_opt: ['seccomp:unconfined']", "policy.unconfined"),
        ("security_opt: ['apparmor:unconfined']", "policy.unconfined"),
        ("security_opt: ['no-new-privileges:false']", "policy.unconfined"),
        ("userns_mode: host", "policy.namespace"),
        ("pid: host", "policy.namespace"),
        ("ipc: host", "policy.namespace"),
        ("network_mode: host", "policy.namespace"),
        ("uts: host", "policy.namespace"),
        ("cgroup: host", "policy.namespace"),
        ("devices: [/dev/sda]", "policy.device"),
    ] {
        assert_eq!(judged(keys), [code], "{keys}");
    }
}

#[test]
fn what_belongs_to_others_is_refused() {
    for keys in [
        "network_mode: 'container:other'",
        "pid: 'container:other'",
        "volumes_from: ['container:other']",
        "device_cgroup_rules: ['c 1:3 mr']",
        "gpus: all",
        "sysctls: { kernel.shmmax: 1 }",
        "cgroup_parent: /",
        "runtime: runc-unsafe",
    ] {
        assert_eq!(error_codes(&service(keys)), [codes::UNSUPPORTED], "{keys}");
    }
}

#[test]
fn a_volume_leads_to_no_folder_and_no_server() {
    for options in ["type: none, o: bind, device: /", "type: nfs, o: 'addr=10.0.0.1', device: ':/'"] {
        let text = format!("{}volumes: {{ d: {{ driver_opts: {{ {options} }} }} }}\n", service("volumes: ['d:/d']"));
        assert_eq!(error_codes(&text), [codes::UNSUPPORTED], "{options}");
    }
    let foreign = format!("{}volumes: {{ d: {{ external: true }} }}\n", service("volumes: ['d:/d']"));
    assert_eq!(error_codes(&foreign), [codes::UNSUPPORTED]);
}

/// A small text, and a service for each pair.
#[test]
fn services_times_environments_are_bounded() {
    let many = |of: usize, body: &str| (0..of).map(|i| format!("  n{i}: {body}\n")).collect::<Vec<_>>().concat();
    let text =
        |n: usize| format!("name: a\nservices:\n{}environments:\n{}", many(n, "{ image: 'x:1' }"), many(n, "{}"));
    assert_eq!(error_codes(&text(200)), [codes::SIZE_LIMIT]);
    assert!(error_codes(&text(20)).is_empty());
    let few = Limits::default().with_services(399);
    let problems = Manifest::parse(Text { file: "m.yaml", text: &text(20) }, &few).unwrap_err();
    assert_eq!((&problems.first().code, problems.first().line), (&codes::SIZE_LIMIT, 24));
}
