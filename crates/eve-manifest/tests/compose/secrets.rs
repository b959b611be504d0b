//! Secrets of services, which a plain file has to declare.

use crate::compose_file::{brief, file, lower, read, target};

/// A file with one service that has these lines from line 4 on, and these declared secrets.
fn declaring(lines: &str, secrets: &str) -> String {
    format!("{}secrets: {secrets}\n", file(lines))
}

#[test]
fn a_declared_secret_is_a_file_of_its_service() {
    let text = declaring(
        "secrets: [TOKEN, { source: KEY, target: '${FILE:-key.pem}', mode: 0400 }, { source: '${WHICH}' }]",
        "{ TOKEN: { external: true }, KEY: { external: '${YES:-true}' }, LAST: }",
    );
    let desired = lower(&text, &target().with_variable("WHICH", "LAST"));
    let service = desired.services.into_values().next().unwrap();
    let found: Vec<_> = service.secrets.iter().map(|file| (file.secret.as_str(), file.target.as_str())).collect();
    let expected = [("TOKEN", "/run/secrets/TOKEN"), ("KEY", "/run/secrets/key.pem"), ("LAST", "/run/secrets/LAST")];
    assert_eq!(found, expected);
}

#[test]
fn a_secret_that_is_not_declared_is_told_at_its_name() {
    let problems = |text: &str| brief(read(text, &target()).unwrap_err());
    assert_eq!(problems(&file("secrets: [A]")), ["unknown_reference 4:15"]);
    assert_eq!(
        problems(&declaring("secrets: [A, { target: x, source: B }, { source: C }]", "{ A: }")),
        ["unknown_reference 4:39", "unknown_reference 4:54"]
    );
    assert_eq!(problems(&file("secrets: ['${A:-B}']")), ["unknown_reference 4:15"]);
}

#[test]
fn a_secret_that_is_not_declared_has_a_hint() {
    let hint = |text: &str| read(text, &target()).unwrap_err().first().hint.clone().unwrap();
    assert!(hint(&file("secrets: [API_TOKEN]")).contains("API_TOKEN: {external: true}"));
    let near = hint(&declaring("secrets: [API_TOKEM]", "{ API_TOKEN: }"));
    assert!(near.contains("`API_TOKEN`"), "{near}");
}

#[test]
fn declared_secrets_that_cannot_be_read_are_one_problem() {
    let found = brief(read(&declaring("secrets: [A]", "[A]"), &target()).unwrap_err());
    assert_eq!(found, ["wrong_type 5:10"]);
    let found = brief(read(&declaring("secrets: [A]", "{ A: { file: ./a } }"), &target()).unwrap_err());
    assert_eq!(found, ["unsupported 5:17"]);
}

#[test]
fn a_file_with_a_schema_that_is_none_is_not_taken_for_a_plain_one() {
    let text = format!("schema: eve/compose/v3\n{}", file("secrets: [A]"));
    assert_eq!(brief(read(&text, &target()).unwrap_err()), ["bad_value 1:9"]);
}

#[test]
fn a_secret_in_a_variable_is_not_declared() {
    let desired = lower(&file("environment: { A: '${secret.A}' }"), &target());
    assert!(desired.services.into_values().next().unwrap().secrets.is_empty());
}
