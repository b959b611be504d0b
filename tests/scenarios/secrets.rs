//! Secrets that are missing, and secrets that change.

use std::fs;
use std::path::{Path, PathBuf};

use eve::{Project, Secret, SecretName, SecretScope, Template, codes};

use crate::shop::{environment, project, service, with_variable};
use crate::stage::{Stage, fault_of};

const OLD: &str = "canary-of-the-old-till-4711";
const NEW: &str = "canary-of-the-new-till-0815";
const HIDDEN: &str = "canary-behind-the-till-1337";

fn named(name: &str) -> SecretName {
    SecretName::new(name).expect("a valid name")
}

fn shop() -> Project {
    shop_in("serve-secret API_TOKEN")
}

fn shop_in(role: &str) -> Project {
    let web = service(role);
    let web = with_variable(web, "API_TOKEN", Template::secret(named("API_TOKEN")));
    project([("web", with_variable(web, "DB_PASSWORD", Template::secret(named("DB_PASSWORD"))))])
}

async fn put(stage: &Stage, name: &str, text: &str) {
    let scope = SecretScope::Environment(stage.id.clone());
    stage.eve.secrets().put(&scope, &named(name), Secret::new(text)).await.expect("the secret is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_are_missing_are_all_named_and_nothing_is_started() {
    let stage = Stage::open().await;
    let error = stage.eve.engine().deploy(stage.request(shop())).await.expect_err("secrets are missing");
    assert_eq!(error.code(), &codes::SECRET_MISSING);
    let text = error.to_string();
    assert!(text.contains("API_TOKEN") && text.contains("DB_PASSWORD"), "{text}");
    assert!(stage.ledger().await.is_empty());
    assert!(stage.eve.engine().runs(&environment()).await.expect("the journal answers").is_empty());
    stage.expect_nothing().await;
    stage.eve.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_changes_reaches_a_new_instance_and_stands_nowhere_else() {
    let stage = Stage::open().await;
    put(&stage, "API_TOKEN", OLD).await;
    put(&stage, "DB_PASSWORD", HIDDEN).await;
    stage.succeed(shop()).await;
    assert_eq!(stage.get().await, OLD);
    let before = stage.objects(shop()).await;

    put(&stage, "API_TOKEN", NEW).await;
    stage.succeed(shop()).await;
    assert_eq!(stage.get().await, NEW);
    let after = stage.objects(shop()).await;
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before[0].hash, after[0].hash);
    assert_ne!(before[0].incarnation, after[0].incarnation);

    let log = stage.log().await;
    assert!(log.iter().any(|line| line.contains("the secret is")), "{log:?}");
    expect_in_the_store_alone(&stage);
    stage.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_a_crashing_service_prints_stands_in_no_evidence() {
    let stage = Stage::open().await;
    put(&stage, "API_TOKEN", OLD).await;
    put(&stage, "DB_PASSWORD", HIDDEN).await;
    let report = stage.deploy(shop_in("crash-with-secret API_TOKEN")).await;
    let fault = format!("{:?}", fault_of(&report));
    assert!(fault.contains("the secret is"), "{fault}");
    assert!(!fault.contains(OLD), "{fault}");
    expect_in_the_store_alone(&stage);
    stage.eve.shutdown().await;
}

fn expect_in_the_store_alone(stage: &Stage) {
    let root = stage.config().dir;
    let files = files_with(&root, &[OLD, NEW, HIDDEN]);
    assert!(!files.is_empty(), "the store itself keeps them");
    let leaked: Vec<_> = files.iter().filter(|file| !file.starts_with(root.join("secrets"))).collect();
    assert!(leaked.is_empty(), "{leaked:?}");
}

/// The files below a folder that hold one of these texts.
fn files_with(folder: &Path, texts: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read").flatten() {
        let kind = entry.file_type().expect("the entry has a type");
        if kind.is_dir() {
            found.extend(files_with(&entry.path(), texts));
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).unwrap_or_default();
            let holds = |text: &&str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
            found.extend(texts.iter().any(holds).then(|| entry.path()));
        }
    }
    found
}
