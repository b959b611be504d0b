//! Text that means harm: every answer is a manifest or a list of problems, soon and without a panic.

use eve_core::{Code, OrgName};
use eve_manifest::{Limits, Manifest, Problem, Problems, Target, Text, codes};
use proptest::prelude::*;

fn read(text: &str) -> Result<Manifest, Problems> {
    Manifest::parse(Text { file: "m.yaml", text }, &Limits::default())
}

/// Reads and lowers, and shows every problem.
fn exercise(text: &str) {
    let target = Target::new(OrgName::new("acme").unwrap()).with_variable("A", "${B} \n x: y");
    let at_once = Manifest::resolve(Text { file: "m.yaml", text }, &Limits::default(), &target);
    let in_turn = read(text).and_then(|manifest| manifest.lower(&target));
    if let (Err(all), Err(some)) = (&at_once, &in_turn) {
        // The limit of problems aside, whatever is found in turn is found at once.
        let found: Vec<_> = all.iter().map(|problem| (&problem.code, problem.line, problem.column)).collect();
        let is_found = |problem: &Problem| found.contains(&(&problem.code, problem.line, problem.column));
        assert!(some.errors().all(is_found), "{text:?}: {some} is not in {all}");
    }
    assert_eq!(at_once.is_ok(), in_turn.is_ok(), "{text:?}");
    match in_turn {
        Ok(lowered) => lowered.warnings.iter().for_each(|problem| assert!(!problem.to_string().is_empty())),
        Err(problems) => assert!(!problems.to_string().is_empty()),
    }
}

fn many(count: usize, piece: impl FnMut(usize) -> String) -> String {
    (0..count).map(piece).collect::<Vec<_>>().concat()
}

fn first(text: &str) -> Code {
    read(text).unwrap_err().first().code.clone()
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "x-a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..10 {
        let refs = vec![format!("*a{}", i - 1); 9].join(", ");
        text = [text, format!("x-a{i}: &a{i} [{refs}]\n")].concat();
    }
    assert_eq!(first(&text), codes::EXPANSION_LIMIT);
    let services: Vec<String> = text.lines().map(|line| format!("  {}\n", &line[2..])).collect();
    assert_eq!(first(&format!("services:\n{}", services.concat())), codes::EXPANSION_LIMIT);
}

#[test]
fn anchors_inside_anchors_are_counted_too() {
    let mut text = format!("x: {}", many(60, |i| format!("&a{i} [")));
    text.push_str(&"x,".repeat(10_000));
    text.push_str(&"]".repeat(60));
    assert_eq!(first(&text), codes::SIZE_LIMIT);
}

#[test]
fn deep_nesting_is_refused() {
    for text in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(50_000)] {
        let code = first(&text);
        assert!([codes::DEPTH_LIMIT, codes::SYNTAX].contains(&code), "{code}");
    }
    let block = many(2_000, |i| format!("{}a:\n", " ".repeat(i)));
    assert_eq!(first(&block), codes::DEPTH_LIMIT);
}

#[test]
fn large_text_is_refused() {
    assert_eq!(first(&"x".repeat(64 << 20)), codes::SIZE_LIMIT);
    assert_eq!(first(&format!("a: [{}]", "x,".repeat(300_000))), codes::SIZE_LIMIT);
    assert_eq!(first(&many(200_000, |i| format!("k{i}: 1\n"))), codes::KEY_LIMIT);
    assert_eq!(first(&"a: 1\n---\n".repeat(10_000)), codes::DOCUMENT_LIMIT);
}

#[test]
fn what_the_parser_keeps_until_it_knows_what_it_is_is_bounded() {
    // Any of these may turn out to be a key, hundreds of bytes for each two of the text.
    for text in [
        format!("- [{}]", "x,".repeat(2_000_000)),
        format!("- [{}]", "\"a\":".repeat(800_000)),
        format!("a: [[{}]]", "? ".repeat(2_000_000)),
        format!("{{ {{ {}", "a: b,".repeat(800_000)),
        format!("a: \"{}\"", "[],".repeat(1_000_000)),
    ] {
        assert_eq!(first(&text), codes::SIZE_LIMIT, "{}", &text[..20]);
    }
    let block = format!("name: a\nservices: {{}}\nconfigs:\n  c:\n    content: |\n      {}\n", "[1],".repeat(5_000));
    read(&block).unwrap();
    let limits = Limits::default().with_ahead(5);
    let few = Manifest::parse(Text { file: "m.yaml", text: "a: [[x, y, z, u]]" }, &limits).unwrap_err();
    assert_eq!(few.first().code, codes::SIZE_LIMIT);
}

#[test]
fn every_bound_is_the_callers() {
    let text = "name: a\nx-a: &a { b: [1] }\nx-b: *a\nservices: { w: { image: '${A:-${B:-c}}' } }\n";
    let code =
        |limits: &Limits| Manifest::parse(Text { file: "m.yaml", text }, limits).unwrap_err().first().code.clone();
    let wide = || Limits::new(1_000, 10, 100);
    assert!(Manifest::parse(Text { file: "m.yaml", text }, &wide()).is_ok());
    assert_eq!(code(&Limits::new(10, 10, 100)), codes::SIZE_LIMIT);
    assert_eq!(code(&Limits::new(1_000, 2, 100)), codes::DEPTH_LIMIT);
    assert_eq!(code(&Limits::new(1_000, 10, 5)), codes::SIZE_LIMIT);
    assert_eq!(code(&wide().with_expansion(2)), codes::EXPANSION_LIMIT);
    assert_eq!(code(&wide().with_keys(3)), codes::KEY_LIMIT);
    assert_eq!(code(&wide().with_references(1, 8)), codes::SIZE_LIMIT);
    assert_eq!(code(&wide().with_references(8, 0)), codes::DEPTH);
    assert_eq!(code(&wide().with_ahead(2)), codes::SIZE_LIMIT);
}

#[test]
fn many_references_are_refused() {
    let many = "${A:-x}$B".repeat(5_000);
    let services = many_services(20, &format!("environment: {{ A: '{many}' }}"));
    assert_eq!(first(&services), codes::SIZE_LIMIT);
}

fn many_services(count: usize, entry: &str) -> String {
    format!("name: a\nservices:\n{}", many(count, |i| format!("  s{i}: {{ image: x, {entry} }}\n")))
}

#[test]
fn equal_warnings_are_told_once_for_many_places() {
    let manifest = read(&many_services(2_000, "labels: { a: b }")).unwrap();
    let places: Vec<usize> = manifest.warnings().iter().map(|problem| problem.also.len()).collect();
    assert_eq!(places, [0, 0, 1_997]);
    let last = &manifest.warnings()[2];
    assert_eq!((last.code.clone(), last.also[1_996].line), (codes::NOT_USED, 2_002));
    assert!(last.to_string().ends_with("the same at 6:19, 7:19, 8:19, 9:19, 10:19 and 1992 other places"), "{last}");
    assert!(serde_json::to_string(last).unwrap().contains(r#"{"line":2002,"column":22}"#));
}

#[test]
fn many_mistakes_are_told_soon() {
    let keys = many(20_000, |i| format!("key{i}: 1\n"));
    let names = many(10_000, |i| format!("x{i},"));
    let waits = format!("services: {{ web: {{ image: x, depends_on: [{names}] }} }}\n");
    let secrets = format!("services: {{ web: {{ image: x, secrets: [{names}{names}] }} }}\n");
    let configs = format!("services: {{ web: {{ image: x, configs: [{names}{names}] }} }}\n");
    let circle = many(10_000, |i| format!("  s{i}: {{ image: x, depends_on: [s{}] }}\n", (i + 1) % 10_000));
    let limits = Limits::new(16 << 20, 64, 1_000_000);
    for text in [keys, waits, secrets, configs, format!("services:\n{circle}")] {
        assert!(Manifest::parse(Text { file: "m.yaml", text: &text }, &limits).is_err());
    }
}

#[test]
fn many_configs_of_many_services_are_put_in_place_soon() {
    let configs = many(5_000, |i| format!("  c{i}: {{ content: x }}\n"));
    let services =
        many(5_000, |i| format!("  s{i}: {{ image: x, configs: [c{i}, {{ source: c0, target: /a{i} }}] }}\n"));
    let deep = many(500, |i| format!("{{ source: c0, target: '{}{i}' }},", "/a".repeat(1_500)));
    let text = format!("services:\n{services}  s: {{ image: x, configs: [{deep}] }}\nconfigs:\n{configs}");
    read(&text).unwrap();
}

#[test]
fn defaults_inside_defaults_are_bounded() {
    let deep = format!("{}x{}", "${A:-".repeat(5_000), "}".repeat(5_000));
    let text = format!("name: a\nservices: {{ web: {{ image: x, environment: {{ A: '{deep}' }} }} }}\n");
    assert_eq!(first(&text), codes::DEPTH);
}

#[test]
fn a_variable_brings_text_and_never_structure() {
    let text = "name: a\nservices:\n  web:\n    image: x\n    command: 'run ${A}'\n    environment: { A: '$A' }\n";
    let value = "x\"\n    privileged: true\n    ports: [22]";
    let target = Target::new(OrgName::new("acme").unwrap()).with_variable("A", value);
    let lowered = read(text).unwrap().lower(&target).unwrap();
    let environment = lowered.project.environments.values().next().unwrap();
    let web = environment.desired.services.values().next().unwrap();
    assert_eq!(web.process.command.as_ref().unwrap(), &["run", value]);
    assert_eq!(web.process.environment.values().next().unwrap().as_text(), Some(value));
    assert!(web.ports.is_empty());
}

#[test]
fn strange_text_does_no_harm() {
    for text in [
        "\u{feff}name: a\nservices: {}\n",
        "\0",
        "%YAML 9.9\n---\na: b",
        "<<: [1, 2]\nname: a\nservices: {}",
        "<<: *x",
        "? [a]\n: b",
        "services: {web: {image: \"\\x1b[31m\\u202e\"}}",
        "services: {web: {environment: {A: '${', B: '$', C: '${}', D: '${.}', E: '${a.b.c}', F: '$$$'}}}",
        "services: {../../etc: {image: x}, '': {image: x}, -rf: {image: x}}",
        "services: &a {web: {<<: *a}}",
        "- - - -\n  - {",
        "a: |\n\n\n  b\n c",
        "services: {web: {command: \"'\", entrypoint: '\\'}}",
        "services: {web: {ports: [99999999999999999999999, 1.5, {}, [], ~]}}",
        "é: ü\nservices: {wéb: {image: ü, command: '${ü} $é'}}",
    ] {
        exercise(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        exercise(&text);
    }

    #[test]
    fn no_manifest_of_odd_values_makes_it_panic(
        key in prop::sample::select(vec![
            "image", "build", "command", "entrypoint", "working_dir", "environment", "ports", "depends_on", "healthcheck",
            "replicas", "resources", "deploy", "restart", "stop_grace_period", "volumes", "secrets", "x-eve", "x_eve",
            "privileged", "network_mode", "cap_add", "devices", "security_opt",
            "nothing",
        ]),
        value in "[\\[\\]{}:,'\"$a-z0-9 ./*&!|<-]{0,40}",
        odd in any::<bool>(),
    ) {
        let schema = if odd { "schema: eve/compose/v2\n" } else { "" };
        exercise(&format!("{schema}name: a\nservices:\n  web:\n    image: x\n  b:\n    {key}: {value}\n"));
        exercise(&format!("{schema}name: a\nservices:\n  web: {{ image: x }}\nenvironments:\n  e:\n    overrides:\n      services:\n        web:\n          {key}: {value}\n"));
    }

    #[test]
    fn no_interpolation_makes_it_panic(value in "[${}A-Z.:?-]{0,30}") {
        exercise(&format!("name: a\nservices:\n  web:\n    image: x\n    environment: {{ A: \"{value}\" }}\n    command: \"{value}\"\n"));
    }
}
