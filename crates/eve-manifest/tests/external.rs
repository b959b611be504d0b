//! Services that run somewhere else.

use eve_core::{Desired, OrgName, Template};
use eve_manifest::{Limits, Lowered, Manifest, Problems, Target, Text, codes};

fn resolve(text: &str) -> Result<Lowered, Problems> {
    let target = Target::new(OrgName::new("acme").unwrap()).with_variable("HOST", "db.example.org");
    Manifest::resolve(Text { file: "m.yaml", text }, &Limits::default(), &target)
}

/// A web with variables, beside an external `db` with a section of these keys, which begin at 5:13.
fn beside(external: &str, variables: &str) -> String {
    format!(
        "schema: eve/compose/v2\nname: a\nservices:\n  web: {{ image: 'x:1', environment: {{ {variables} }} }}\n  \
         db: {{ x-eve: {{ {external} }} }}\n  job: {{ image: 'x:1', environment: {{ {variables} }}, x-eve: {{ role: job }} }}\n"
    )
}

fn variable(desired: &Desired, service: &str, name: &str) -> Template {
    let service = service.parse().unwrap();
    let of_job = || &desired.jobs[&service].process;
    let process = desired.services.get(&service).map_or_else(of_job, |service| &service.process);
    process.environment[&name.parse().unwrap()].clone()
}

/// What is wrong, each with its place; warnings end with a question mark.
fn found(text: &str) -> Vec<String> {
    let all: Vec<_> = match resolve(text) {
        Ok(lowered) => lowered.warnings,
        Err(problems) => problems.into_iter().collect(),
    };
    let mark = |warning| if warning { "?" } else { "" };
    let brief = |one: &eve_manifest::Problem| {
        format!("{}{} {}:{}", one.code, mark(one.severity == eve_manifest::Severity::Warning), one.line, one.column)
    };
    let about_others = [codes::NEVER_RUN];
    all.iter().filter(|one| !about_others.contains(&one.code)).map(brief).collect()
}

#[test]
fn the_address_of_an_external_service_is_what_it_says() {
    let text = beside(
        "connection_url: 'postgres://u:${secret.PASSWORD}@db.${ENV_NAME}/${COMPONENT_NAME}'",
        "URL: '${service.db.url}?x=1'",
    );
    let project = resolve(&text).unwrap().project;
    let desired = &project.environments.values().next().unwrap().desired;
    for service in ["web", "job"] {
        let url = variable(desired, service, "URL");
        assert_eq!(url.to_string(), "postgres://u:${secret.PASSWORD}@db.local/db?x=1");
        assert_eq!(url.secrets().count(), 1, "a secret is a reference until the workload starts");
    }
    assert_eq!(desired.services.len(), 1, "it is not deployed");
    let needed = desired.secrets();
    assert_eq!(needed.values().next().unwrap(), &["services.web.environment.URL", "services.job.environment.URL"]);
}

#[test]
fn an_environment_may_run_by_itself_what_is_external_elsewhere() {
    let text = "\
name: a
services:
  web: { image: 'x:1', environment: { URL: '${service.db.url}' } }
  db: { image: 'pg:17', ports: [5432] }
environments:
  test: {}
  prod: { overrides: { services: { db: { x-eve: { url: 'postgres://${HOST}' } } } } }
  back: { overrides: { services: { db: { x-eve: { url: 'postgres://${HOST}', external: false } } } } }
";
    let project = resolve(text).unwrap().project;
    let url = |env: &str| {
        let desired = &project.environments[&env.parse().unwrap()].desired;
        (variable(desired, "web", "URL").to_string(), desired.services.len())
    };
    assert_eq!(url("test"), ("${service.db.url}".to_owned(), 2));
    assert_eq!(url("prod"), ("postgres://db.example.org".to_owned(), 1));
    assert_eq!(url("back"), ("${service.db.url}".to_owned(), 2));
    let warned: Vec<_> = found(text).into_iter().filter(|one| one.contains("? 8:")).collect();
    assert_eq!(warned.len(), 1, "whose address is known needs no other: {warned:?}");
}

#[test]
fn an_external_service_without_an_address_has_none() {
    let missing = found(&beside("external: true", "URL: '${service.db.url}'"));
    assert_eq!(missing, ["manifest.bad_value 4:45", "manifest.not_used? 5:3", "manifest.bad_value 6:45"]);
    let unreadable = found(&beside("external: true, url: [x]", "A: '${service.db.url}'"));
    assert_eq!(unreadable, ["manifest.not_used? 5:3", "manifest.wrong_type 5:39"], "one mistake is one problem");
}

#[test]
fn what_an_address_speaks_of_is_looked_up() {
    for (address, expected) in [
        ("${service.wbe.url}/x", "manifest.unknown_reference 5:35"),
        ("${service.db.url}/x", "manifest.unsupported 5:35"),
        ("${managed.web.url}/x", "manifest.bad_value 5:35"),
        ("${STAGE}", "interp.unset 5:35"),
        ("${secrets.KEY}", "interp.malformed 5:35"),
    ] {
        let all = found(&beside(&format!("connection_url: '{address}'"), "A: b"));
        assert!(all.contains(&expected.to_owned()), "{address}: {all:?}");
    }
}

#[test]
fn an_address_may_be_made_of_that_of_a_service_here() {
    let text = "\
name: a
services:
  web: { image: 'x:1', ports: [80], environment: { URL: '${service.docs.url}' } }
  docs: { x-eve: { url: '${service.web.url}/docs' } }
";
    let project = resolve(text).unwrap().project;
    let desired = &project.environments.values().next().unwrap().desired;
    assert_eq!(variable(desired, "web", "URL").to_string(), "${service.web.url}/docs");
}

#[test]
fn what_an_external_service_says_in_vain_is_told() {
    let all = found(&beside("external: true, rollout: {}, files: []", "A: b"));
    assert_eq!(all, ["manifest.not_used? 5:3", "manifest.not_used? 5:3"]);
    let warnings = resolve(&beside("external: true, rollout: {}, files: []", "A: b")).unwrap().warnings;
    assert!(warnings.iter().any(|one| one.message.starts_with("`x-eve.rollout`, `x-eve.files` of `db`")));
}

#[test]
fn a_worker_that_an_environment_leaves_out_has_no_address_there() {
    let text = |workers: &str| {
        format!(
            "name: a\nservices:\n  web: {{ image: 'x:1', environment: {{ URL: '${{service.w.url}}' }} }}\n  \
             w: {{ image: 'x:1', ports: [80], x-eve: {{ role: worker }} }}\nenvironments: {{ prod: {{ workers: [{workers}] }} }}\n"
        )
    };
    assert_eq!(found(&text("")), ["manifest.bad_value 3:45", "manifest.not_used? 4:3"]);
    assert_eq!(found(&text("{ service: w }")), [""; 0]);
}

#[test]
fn one_misnamed_worker_is_one_problem() {
    let text = "name: a\nservices:\n  w: { image: 'x:1', x-eve: { role: worker } }\nenvironments: { prod: { workers: [{ service: v }] } }\n";
    assert_eq!(found(text), ["manifest.unknown_reference 4:46"]);
}
