//! Managed databases.

use std::collections::BTreeSet;

use eve_core::desired::{BackupSchedule, DatabaseClass, DatabaseExtension};
use eve_core::{EnvName, Loss, ServiceName};
use eve_manifest::{Limits, Lowered, Manifest, Severity, Target, Text};

const WITH: &str = "schema: eve/compose/v2
name: shop
services:
  db:
    x-eve:
      role: managed_db
      managed:
        class: db.p2
        engine: postgres
        engine_version: \"16\"
        backup: {schedule: 0 3 * * *, retention: 30d, snapshot_on_delete: true}
        extensions: [pgvector, pg_trgm]
  web:
    image: shop/web:1
    depends_on: {db: {condition: service_healthy}}
    environment:
      DATABASE_URL: ${managed.db.url}?sslmode=require
      WHO: ${managed.db.username}
";

fn lowered(text: &str) -> Lowered {
    let target = Target::new("acme".parse().unwrap());
    Manifest::parse(Text { file: "eve.yaml", text }, &Limits::default()).unwrap().lower(&target).unwrap()
}

/// The errors of a text, with their places.
fn problems(text: &str) -> Vec<String> {
    let problems = Manifest::parse(Text { file: "eve.yaml", text }, &Limits::default()).unwrap_err();
    let errors = problems.iter().filter(|one| one.severity == Severity::Error);
    errors.map(|one| format!("{} {}:{}", one.code, one.line, one.column)).collect()
}

#[test]
fn a_managed_database_is_no_service_and_what_is_known_of_it_are_secrets() {
    let lowered = lowered(WITH);
    assert!(lowered.warnings.is_empty(), "{:?}", lowered.warnings);
    let desired = &lowered.project.environment(&EnvName::new("local").unwrap()).unwrap().desired;
    let (db, web) = (ServiceName::new("db").unwrap(), ServiceName::new("web").unwrap());
    assert_eq!(desired.services.keys().collect::<Vec<_>>(), [&web]);
    let database = &desired.managed[&db];
    assert_eq!((database.class, database.version.as_deref()), (Some(DatabaseClass::Standard), Some("16")));
    assert_eq!(database.extensions, BTreeSet::from([DatabaseExtension::Pgvector, DatabaseExtension::PgTrgm]));
    let backup = &database.backup;
    assert_eq!((backup.retention_days, backup.before_delete, backup.before_reset), (Some(30), Some(true), None));
    assert!(matches!(&backup.schedule, Some(BackupSchedule::At(at)) if at.to_string() == "0 3 * * *"));
    // Nothing waits for what nobody starts.
    assert!(desired.services[&web].depends_on.is_empty());
    let secrets: Vec<_> = desired.secrets().keys().map(ToString::to_string).collect();
    assert_eq!(secrets, ["EVE_MANAGED_DB_URL", "EVE_MANAGED_DB_USERNAME"]);
    let losses: Vec<Loss> = desired.managed_losses().collect();
    assert_eq!(losses[0].path, "services.db.managed");
    assert_eq!(desired.origins.of("services.db.managed.class").to_string(), "eve.yaml:8:16");
}

#[test]
fn what_a_managed_database_cannot_be_is_told_at_its_place() {
    let with = |from: &str, to: &str| problems(&WITH.replace(from, to));
    assert_eq!(with("class: db.p2", "class: db.p9"), ["name.invalid 8:16"]);
    assert_eq!(with("engine: postgres", "engine: mysql"), ["name.invalid 9:17"]);
    assert_eq!(with("0 3 * * *", "true"), ["unit.malformed 11:28"]);
    assert_eq!(with("30d", "4w"), ["manifest.bad_value 11:50"]);
    assert_eq!(with("30d", "0d"), ["manifest.bad_value 11:50"]);
    assert_eq!(with("pg_trgm]", "timescale]"), ["name.invalid 12:32"]);
    assert_eq!(with("class: db.p2", "clas: db.p2"), ["manifest.unknown_key 8:9"]);
}

#[test]
fn only_fields_of_managed_databases_are_known() {
    let with = |from: &str, to: &str| problems(&WITH.replace(from, to));
    assert_eq!(with("managed.db.url", "managed.db.uri"), ["manifest.bad_value 17:21"]);
    assert_eq!(with("managed.db.url", "managed.web.url"), ["manifest.bad_value 17:21"]);
    assert_eq!(with("managed.db.url", "managed.base.url"), ["manifest.unknown_reference 17:21"]);
    assert_eq!(with("managed.db.url", "service.db.url"), ["manifest.bad_value 17:21"]);
}

#[test]
fn what_means_nothing_for_a_managed_database_is_told() {
    let text = WITH.replace("  db:\n    x-eve:\n", "  db:\n    image: postgres:16\n    x-eve:\n      ingress: {}\n");
    let lowered = lowered(&text);
    let [only] = lowered.warnings.iter().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(only.message, "`image`, `x-eve.ingress` of `db` is not used: the platform keeps it");
    let other =
        WITH.replace("role: managed_db", "role: component").replace("    x-eve:", "    image: db:1\n    x-eve:");
    assert!(problems(&other).contains(&"manifest.conflict 9:9".to_owned()), "{:?}", problems(&other));
}
