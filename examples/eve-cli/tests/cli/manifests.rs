//! Manifests, good and bad.

use super::shop::Shop;

#[test]
fn every_problem_is_told_with_code_and_place() {
    let shop = Shop::new();
    shop.manifest(
        "schema: eve/compose/v2\nname: shop\nservices:\n  web:\n    imgae: x\n    build: ./app\n    ports: [eighty]\n",
    );
    let ended = shop.eve(&["manifest", "validate", "-o", "json"]);
    let last = ended.expect(65, "failed");
    let problems: Vec<_> = last["problems"]
        .as_array()
        .expect("problems are a list")
        .iter()
        .map(|p| (p["code"].as_str().unwrap_or_default(), p["line"].as_u64(), p["column"].as_u64()))
        .collect();
    assert!(problems.contains(&("manifest.unknown_key", Some(5), Some(5))), "{problems:?}");
    assert!(problems.contains(&("manifest.bad_value", Some(7), Some(13))), "{problems:?}");
}

#[test]
fn a_bad_manifest_stops_plan_and_deploy_before_anything_is_written() {
    let shop = Shop::new();
    shop.manifest("schema: eve/compose/v2\nservices: [\n");
    for args in [&["plan", "sandbox", "-o", "json"] as &[&str], &["env", "deploy", "sandbox", "-o", "json"]] {
        assert_eq!(shop.eve(args).error(65), "yaml.syntax");
    }
    assert!(!shop.path(".eve/state").exists());
}

#[test]
fn what_is_found_in_turn_is_told_at_once() {
    let shop = Shop::new();
    let text = "schema: eve/compose/v2\nname: shop\nservices:\n  web: { image: 'UPPER/x', prots: [80] }\n  api: { build: ../x }\n";
    shop.manifest(text);
    let ended = shop.eve(&["manifest", "validate", "-o", "json"]);
    let last = ended.expect(65, "failed");
    let codes: Vec<_> = last["problems"].as_array().into_iter().flatten().map(|one| one["code"].clone()).collect();
    assert_eq!(codes, ["image.malformed", "manifest.unknown_key", "build.context_escape"]);
}

#[test]
fn a_file_that_is_no_text_is_told_with_its_place() {
    let shop = Shop::new();
    std::fs::write(shop.path(".eve/manifest.yaml"), b"name: shop\n# \xe4\n").expect("it can be written");
    let ended = shop.eve(&["manifest", "validate", "-o", "json"]);
    let last = ended.expect(65, "failed");
    assert_eq!(last["problems"][0]["code"], "name.charset");
    assert_eq!((&last["problems"][0]["line"], &last["problems"][0]["column"]), (&2.into(), &3.into()));
}

#[test]
fn codes_explain_themselves_and_the_language_has_a_schema() {
    let shop = Shop::new();
    for code in ["manifest.unknown_key", "image.denied", "usage.invalid"] {
        let last = shop.eve(&["manifest", "explain", code, "-o", "json"]).expect(0, "ok");
        assert_eq!(last["code"], code);
        assert!(last["means"].as_str().is_some_and(|means| means.ends_with('.')), "{last}");
    }
    let ended = shop.eve(&["manifest", "explain", "yaml.nothing", "-o", "json"]);
    assert_eq!(ended.error(64), "usage.invalid");
    assert!(ended.last()["error"]["hint"].as_str().is_some_and(|hint| hint.contains("yaml.syntax")));
    let last = shop.eve(&["manifest", "schema", "-o", "json"]).expect(0, "ok");
    assert!(last["schema"]["$defs"]["manifest"]["properties"]["services"].is_object());
}

#[test]
fn keys_explain_themselves() {
    let shop = Shop::new();
    let last = shop.eve(&["manifest", "explain", "services.web.x-eve.ingress.port", "-o", "json"]).expect(0, "ok");
    let keys = last["keys"].as_array().expect("keys are a list");
    assert_eq!(keys.iter().map(|key| &key["path"]).collect::<Vec<_>>(), ["services.*.x-eve.ingress.port"]);
    let text = shop.eve(&["manifest", "explain", "stop_grace_period"]).stdout;
    assert!(text.contains("by default 10s"), "{text}");
}

#[test]
fn each_runtime_says_what_it_makes_of_every_key() {
    let shop = Shop::new();
    let grade = |runtime: &str, key: &str| {
        let last = shop.eve(&["--runtime", runtime, "manifest", "support", "-o", "json"]).expect(0, "ok");
        let keys = last["keys"].as_array().expect("keys are a list").clone();
        keys.into_iter().find(|one| one["key"] == key).expect("it is asked for")["grade"].clone()
    };
    let grades = ["process", "docker", "k8s"].map(|runtime| grade(runtime, "rollout.strategy: rolling"));
    assert_eq!(grades, ["refused", "refused", "approximated"]);
    let text = shop.eve(&["manifest", "support"]).stdout;
    assert!(text.contains("\nignored       resources.limits.cpu: processes share"), "{text}");
}

#[test]
fn a_manifest_is_shown_with_the_origin_of_each_value() {
    let shop = Shop::new();
    let text = "schema: eve/compose/v2\nname: shop\nservices:\n  web:\n    build: ./app\n    \
                environment: { KEY: '${secret.KEY}', STAGE: '${ENV_NAME}' }\n\
                environments:\n  dev: {}\n  prod: { overrides: { services: { web: { replicas: 2 } } } }\n";
    shop.manifest(text);
    let text = shop.eve(&["manifest", "show", "--env", "prod"]).stdout;
    assert!(text.contains("replicas: 2") && text.contains("yaml:9:53 (override)"), "{text}");
    let last = shop.eve(&["manifest", "show", "--env", "prod", "-o", "json"]).expect(0, "ok");
    let of = |path: &str| (last["values"][path]["value"].clone(), last["values"][path]["origin"]["from"].clone());
    assert_eq!(of("services.web.environment.KEY"), ("${secret.KEY}".into(), "file".into()));
    assert_eq!(of("services.web.environment.STAGE"), ("prod".into(), "variable".into()));
    assert_eq!(of("services.web.restart"), ("always".into(), "default".into()));
    assert_eq!(shop.eve(&["manifest", "show", "--env", "test", "-o", "json"]).error(1), "environment.unknown");
    assert_eq!(shop.eve(&["manifest", "show", "-o", "json"]).expect(0, "ok")["environment"], serde_json::Value::Null);
}

#[test]
fn what_is_no_regular_file_is_not_waited_for() {
    let shop = Shop::new();
    assert_eq!(shop.eve(&["manifest", "validate", ".eve", "-o", "json"]).error(65), "manifest.unreadable");
    assert_eq!(shop.eve(&["manifest", "validate", "/dev/zero", "-o", "json"]).error(65), "manifest.unreadable");
}

#[test]
fn a_missing_manifest_exits_with_65() {
    let shop = Shop::new();
    assert_eq!(shop.eve(&["manifest", "validate", "no.yaml", "-o", "json"]).error(65), "manifest.not_found");
}

#[test]
fn a_valid_manifest_names_project_and_environments() {
    let shop = Shop::new();
    let last = shop.eve(&["manifest", "validate", "-o", "json"]).expect(0, "ok");
    assert_eq!(last["project"], "shop");
    assert_eq!(last["environments"], serde_json::json!(["sandbox"]));
}

#[test]
fn a_compose_file_is_found_and_its_folder_names_the_project() {
    let shop = Shop::new();
    std::fs::remove_file(shop.path(".eve/manifest.yaml")).expect("it is there");
    std::fs::write(shop.path("compose.yaml"), "services:\n  web:\n    build: ./app\n    command: [\"true\"]\n")
        .expect("it can be written");
    let last = shop.eve(&["manifest", "validate", "-o", "json"]).expect(0, "ok");
    assert!(last["project"].as_str().is_some_and(|name| !name.is_empty()), "{last}");
}

#[test]
fn an_unknown_environment_is_refused_and_the_known_ones_are_named() {
    let shop = Shop::new();
    for args in [&["plan", "prod", "-o", "json"] as &[&str], &["env", "deploy", "prod", "-o", "json"]] {
        let ended = shop.eve(args);
        assert_eq!(ended.error(1), "environment.unknown");
        assert!(ended.last()["error"]["hint"].as_str().is_some_and(|hint| hint.contains("sandbox")));
    }
}
