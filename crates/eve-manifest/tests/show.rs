//! Manifests as they hold.

use eve_core::{AbsolutePath, Desired, EnvName, OrgName, Origin, Origins};
use eve_manifest::{Limits, Lowered, Manifest, Shown, Target, Text, codes};
use serde_json::json;

const EVERY_KIND: &str = include_str!("every_kind.yaml");
const PLAIN: &str = include_str!("plain.yaml");

fn target() -> Target {
    let target = Target::new(OrgName::new("acme").unwrap()).with_folder(AbsolutePath::new("/p").unwrap());
    let variables = [("TAG", "7"), ("REPLICAS", "3"), ("PASSED_ON", "a $ b"), ("PROTOCOL", "")];
    variables.into_iter().fold(target, |target, (name, value)| target.with_variable(name, value))
}

fn env(name: &str) -> EnvName {
    EnvName::new(name).unwrap()
}

fn show(text: &str, name: Option<&str>) -> Shown {
    let name = name.map(env);
    Manifest::show(Text { file: "m.yaml", text }, &Limits::default(), &target(), name.as_ref())
        .unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

/// The target state of one environment, without where its values came from.
fn desired(text: &str, name: &str) -> Desired {
    let lowered: Lowered = Manifest::resolve(Text { file: "m.yaml", text }, &Limits::default(), &target())
        .unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    let mut desired = lowered.project.environment(&env(name)).unwrap().desired.clone();
    desired.origins = Origins::default();
    desired
}

#[test]
fn what_is_shown_means_the_same() {
    // Where only one environment is shown, nothing may name another.
    let without_default = EVERY_KIND.replace("env: prod, ", "");
    for (text, name) in [(EVERY_KIND, "prod"), (&without_default, "preview"), (PLAIN, "local")] {
        let before = desired(text, name);
        assert_eq!(desired(&show(text, Some(name)).to_string(), name), before, "{name}");
        assert_eq!(desired(&show(text, None).to_string(), name), before, "{name}");
    }
}

#[test]
fn what_is_shown_is_shown_alike_when_it_is_read_again() {
    for text in [EVERY_KIND, PLAIN] {
        let once = show(text, None);
        let values = |shown: &Shown| shown.values().into_iter().map(|one| (one.path, one.value)).collect::<Vec<_>>();
        assert_eq!(values(&show(&once.to_string(), None)), values(&once));
    }
}

#[test]
fn every_value_has_its_origin() {
    let text = "\
schema: eve/compose/v2
project: shop
services:
  web:
    image: web
    ports: [80]
    environment: { STAGE: 'on ${ENV_NAME}', KEY: '${secret.KEY}', PRICE: $$5, VERSION: 1.10 }
    x_eve: { ingress: {}, cli: { name: web } }
environments:
  prod: { overrides: { services: { web: { image: 'web:2' } } } }
  test: {}
";
    let expected = "\
schema: eve/compose/v2                            # m.yaml:1:9
name: shop                                        # m.yaml:2:10
services:
  web:
    image: web:2                                  # m.yaml:10:50 (override)
    ports:
      - 80                                        # m.yaml:6:13
    environment:
      STAGE: on prod                              # m.yaml:7:27 (variable ENV_NAME)
      KEY: ${secret.KEY}                          # m.yaml:7:50
      PRICE: $$5                                  # m.yaml:7:74
      VERSION: \"1.10\"                             # m.yaml:7:88
    x-eve:
      ingress:
        public: true                              # default
      cli:
        name: web                                 # m.yaml:8:40
      role: component                             # default
    replicas: 1                                   # default
    restart: always                               # default
    stop_grace_period: 10s                        # default
environments:
  prod:
    kind: standard                                # default
    type: persistent                              # default
";
    let shown = show(text, Some("prod"));
    assert_eq!(shown.to_string(), expected);
    let values = shown.values();
    let image = values.iter().find(|one| one.path == "services.web.image").unwrap();
    assert_eq!(image.value, json!("web:2"));
    assert_eq!(image.origin, Origin::Override { file: "m.yaml".into(), line: 10, column: 50 });
    assert!(show(text, None).to_string().contains("STAGE: on ${ENV_NAME}"));
}

#[test]
fn an_environment_that_nobody_declared_is_told_with_the_nearest() {
    let (limits, target) = (Limits::default(), target());
    let text = Text { file: "m.yaml", text: EVERY_KIND };
    let problems = Manifest::show(text, &limits, &target, Some(&env("prd"))).unwrap_err();
    assert_eq!(problems.first().code, codes::UNKNOWN_REFERENCE);
    assert!(problems.first().hint.as_ref().is_some_and(|hint| hint.contains("prod")));
}

#[test]
fn as_many_of_a_worker_are_shown_as_the_environment_runs() {
    let text = "schema: eve/compose/v2\nname: shop\nservices:\n  work: { image: 'x:1', x-eve: { role: worker } }\n\
                environments:\n  prod:\n    workers: [{ service: work, replicas: 2 }]\n  dev: {}\n";
    let of = |name: &str| {
        let values = show(text, Some(name)).values();
        values.into_iter().find(|one| one.path == "services.work.replicas").map(|one| (one.value, one.origin))
    };
    let place = Origin::File { file: "m.yaml".into(), line: 7, column: 42 };
    assert_eq!(of("prod"), Some((json!(2), place)));
    assert_eq!(of("dev"), Some((json!(1), Origin::Default)));
    assert_eq!(desired(text, "prod").services.values().map(|service| service.replicas).collect::<Vec<_>>(), [2]);
}
