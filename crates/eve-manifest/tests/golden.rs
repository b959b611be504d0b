//! What is told of the language stands in the project, and is what the tables say.
//!
//! `UPDATE_GOLDEN=1 cargo test -p eve-manifest` writes it again.

use std::path::PathBuf;

fn is_as_written(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).expect("it can be written");
    }
    let written = std::fs::read_to_string(&path).expect("it was written down");
    assert!(written == text, "docs/{name} is not what the tables say; look at it, and run with UPDATE_GOLDEN=1");
}

#[test]
fn the_schema_is_the_one_that_was_written_down() {
    is_as_written("eve-compose-v2.schema.json", &(eve_manifest::schema() + "\n"));
}

#[test]
fn the_page_of_all_keys_is_the_one_that_was_written_down() {
    is_as_written("manifest.md", &eve_manifest::reference::page());
}

#[test]
fn a_key_is_found_by_its_path_or_the_end_of_it() {
    let found = |asked: &str| -> Vec<String> {
        let keys = eve_manifest::reference::keys();
        keys.into_iter().filter(|key| key.is_meant_by(asked)).map(|key| key.path).collect()
    };
    assert_eq!(found("services.*.x-eve.ingress.port"), ["services.*.x-eve.ingress.port"]);
    assert_eq!(found("services.web.x_eve.ingress.port"), ["services.*.x-eve.ingress.port"]);
    assert_eq!(found("x-eve.ingress"), ["services.*.x-eve.ingress", "x-eve.ingress"]);
    assert_eq!(found("stop_grace_period"), ["services.*.stop_grace_period"]);
    assert_eq!(found("components"), ["pipelines.*.steps.*.action.components", "services"]);
    assert_eq!(found("no-such-key"), [""; 0]);
}

#[test]
fn every_key_says_what_it_means() {
    for key in eve_manifest::reference::keys() {
        assert!(!key.meaning.is_empty(), "{}", key.path);
    }
}
