//! What services are made from, what they share, and what they are called.

mod told;

use std::time::Duration;

use eve_core::desired::{Source, Strategy};
use eve_core::{OrgName, SecretName};
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

/// A manifest whose services stand on the lines from 4 on.
fn services(lines: &str) -> String {
    let indented: String = lines.lines().flat_map(|line| ["  ", line, "\n"]).collect();
    format!("schema: eve/compose/v2\nname: a\nservices:\n{indented}")
}

fn service(text: &str, name: &str) -> eve_core::desired::Service {
    let project = resolve(text).unwrap_or_else(|problems| panic!("{problems}")).project;
    project.environments.values().next().unwrap().desired.services[&name.parse().unwrap()].clone()
}

#[test]
fn an_image_is_looked_at_beside_everything_else() {
    let read = |text: &str| {
        let problems = Manifest::parse(Text { file: "m.yaml", text }, &Limits::default()).err();
        let all: Vec<_> =
            problems.into_iter().flatten().map(|one| format!("{} {}:{}", one.code, one.line, one.column)).collect();
        all
    };
    for image in ["a b", "Web:1", "x@sha256:abc", "docker-archive:/x.tar", "x:", "https://x/y"] {
        let text = services(&format!("web: {{ image: '{image}' }}\napi: {{ image: 'x:1', nothing: 1 }}"));
        assert_eq!(read(&text), ["image.malformed 4:17", "manifest.unknown_key 5:24"], "{image}");
    }
    let text = services("web: { build: { context: ../x, dockerfile: /etc/passwd } }");
    assert_eq!(read(&text), ["build.context_escape 4:28", "build.context_escape 4:46"]);
    for context in ["", "/", "~", "a/../..", "C:\\x", "https://x/y.git", "git@x:y"] {
        assert_eq!(
            read(&services(&format!("web: {{ build: '{context}' }}"))),
            ["build.context_escape 4:17"],
            "{context}"
        );
    }
}

#[test]
fn an_image_without_a_tag_is_told() {
    assert_eq!(found(&services("web: { image: nginx }")), ["untagged? 4:17"]);
    assert_eq!(found(&services("web: { image: 'host:5000/nginx' }")), ["untagged? 4:17"]);
    assert_eq!(found(&services("web: { image: 'nginx:1' }")), [""; 0]);
    assert_eq!(found(&services(&format!("web: {{ image: 'nginx@sha256:{}' }}", "0".repeat(64)))), [""; 0]);
    assert_eq!(found("name: a\nservices: { web: { image: nginx } }\n"), [""; 0], "Compose files say it so");
}

#[test]
fn an_image_beside_a_build_is_what_runs_where_nothing_is_built() {
    let text = services("web: { image: 'x:1', build: . }");
    assert_eq!(found(&text), ["not_used? 4:17"]);
    assert!(matches!(service(&text, "web").source, Source::Build(_)));
    let text = format!("registry: none\n{text}");
    assert_eq!(found(&text), ["not_used? 1:11", "not_used? 5:31"]);
    assert!(matches!(service(&text, "web").source, Source::Image(_)));
    assert_eq!(found(&format!("registry: none\n{}", services("web: { build: . }"))), ["conflict! 1:11"]);
}

#[test]
fn a_volume_for_one_is_not_held_by_two() {
    let two = |a: &str, b: &str| found(&services(&format!("a: {{ image: 'x:1', {a} }}\nb: {{ image: 'x:1', {b} }}")));
    let once = "x-eve: { storage: { mount_path: /d, name: d } }";
    let many = "x-eve: { storage: { mount_path: /d, name: d, access_mode: ReadWriteMany } }";
    let plain = "volumes: ['d:/d']";
    assert_eq!(two(once, once), ["conflict! 5:40"]);
    assert_eq!(two(once, plain), ["conflict! 5:32"]);
    assert_eq!(two(many, once), ["conflict! 5:40"]);
    assert_eq!(two(many, many), [""; 0]);
    assert_eq!(two(plain, plain), [""; 0]);
    assert_eq!(two("x-eve: { storage: { mount_path: /d } }", "volumes: ['a-data:/d']"), ["conflict! 5:32"]);
    let left_out = format!(
        "{}environments: {{ e: {{ workers: [] }} }}\n",
        services(
            "a: { image: 'x:1', x-eve: { storage: { mount_path: /d, name: d } } }\n\
                  b: { image: 'x:1', x-eve: { role: worker, storage: { mount_path: /d, name: d } } }"
        )
    );
    assert_eq!(found(&left_out), ["not_used? 5:3"], "what does not run holds nothing");
}

#[test]
fn a_port_of_every_address_is_one_of_each() {
    let two = |a: &str, b: &str| {
        found(&services(&format!("a: {{ image: 'x:1', ports: ['{a}'] }}\nb: {{ image: 'x:1', ports: ['{b}'] }}")))
    };
    assert_eq!(two("127.0.0.1:80:80", "80:80"), ["conflict! 5:30"]);
    assert_eq!(two("0.0.0.0:80:80", "127.0.0.1:80:80"), ["conflict! 5:30"]);
    assert_eq!(two("127.0.0.1:80:80", "127.0.0.2:80:80"), [""; 0]);
    assert_eq!(two("80:80", "80:80/udp"), [""; 0]);
}

#[test]
fn a_database_ends_before_its_next_release_starts_and_keeps_its_folder() {
    let db = service(&services("db: { image: 'pg:17', ports: [5432], x-eve: { role: database } }"), "db");
    assert_eq!(db.rollout.strategy, Some(Strategy::Recreate));
    assert_eq!(db.stop_grace, Duration::from_secs(120));
    let mount = &db.mounts[0];
    assert_eq!(
        (mount.volume.as_str(), mount.target.as_str(), mount.single_writer),
        ("db-data", "/var/lib/postgresql/data", true)
    );
    assert!(!db.may_overlap());

    let said = "db:\n  image: 'pg:17'\n  stop_grace_period: 5s\n  volumes: ['d:/var/lib/postgresql/data']\n  x-eve: { role: database, rollout: { strategy: switched } }";
    let db = service(&services(said), "db");
    assert_eq!((db.stop_grace, db.rollout.strategy), (Duration::from_secs(5), Some(Strategy::Switched)));
    assert_eq!(db.mounts.iter().map(|mount| mount.volume.as_str()).collect::<Vec<_>>(), ["d"]);
    let stored =
        service(&services("db: { image: 'pg:17', x-eve: { role: database, storage: { mount_path: /data } } }"), "db");
    assert_eq!(stored.mounts.iter().map(|mount| mount.target.as_str()).collect::<Vec<_>>(), ["/data"]);
    assert_eq!(found(&services("db: { image: 'pg:17', replicas: 2, x-eve: { role: database } }")), ["conflict! 4:35"]);
}

#[test]
fn names_that_a_backend_would_make_the_same_collide() {
    let web = eve_core::naming::label("Web");
    let text = services(&format!("Web: {{ image: 'x:1' }}\n{web}: {{ image: 'x:1' }}"));
    assert_eq!(found(&text), ["collision! 5:3"]);
}

#[test]
fn a_host_that_two_environments_claim_is_told() {
    let text = format!(
        "{}environments: {{ e: {{}}, f: {{}}, g: {{ overrides: {{ services: {{ web: {{ x-eve: {{ ingress: {{ domains: [c.example.org] }} }} }} }} }} }} }}\n",
        services("web: { image: 'x:1', ports: [80], x-eve: { ingress: { domains: [b.example.org] } } }")
    );
    assert_eq!(found(&text), ["collision? 4:67"]);
}

#[test]
fn a_name_that_is_one_is_kept_and_others_are_told() {
    let named = |name: &str| {
        let lowered = resolve(&format!("name: '{name}'\nservices: {{}}\n")).unwrap();
        (lowered.project.name.to_string(), lowered.warnings.len())
    };
    for name in ["my-app", "shop", "a", "a1"] {
        assert_eq!(named(name), (name.to_owned(), 0), "{name}");
    }
    for name in ["Shop", "my_app", "my.app", "-a", &"a".repeat(41), "ä"] {
        let (kept, warnings) = named(name);
        assert_eq!(warnings, 1, "{name}");
        assert_eq!(kept, eve_core::naming::label_within(name, 40), "{name}");
    }
}

#[test]
fn every_secret_is_listed_with_every_place_that_speaks_of_it() {
    let text = "\
name: a
services:
  web: { image: 'x:1', environment: { A: '${secret.A}', URL: '${service.db.url}' }, secrets: [A], x-eve: { requires: { secrets: [B] } } }
  db: { x-eve: { url: 'pg://${secret.PG}' } }
secrets: { A: { external: true } }
environments: { prod: { pipeline: ship } }
pipelines: { ship: { steps: [{ name: d, action: { type: deploy }, requires: { secrets: [A, C] } }] } }
registry: { host: r.example.org, auth: { token_secret: TOKEN } }
";
    let project = resolve(text).unwrap().project;
    let secrets = project.secrets(&"prod".parse().unwrap()).unwrap();
    let told: Vec<_> = secrets.iter().map(|(name, places)| format!("{name}: {}", places.join(", "))).collect();
    assert_eq!(
        told,
        [
            "A: services.web.environment.A, services.web.secrets.0, pipeline ship, step d",
            "B: requires.secrets",
            "C: pipeline ship, step d",
            "PG: services.web.environment.URL",
            "REGISTRY_USERNAME: registry.auth.username_secret",
            "TOKEN: registry.auth.token_secret",
        ]
    );
    assert!(secrets.contains_key(&SecretName::new("PG").unwrap()));
}
