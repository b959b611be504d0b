//! Secrets in env files.

use std::fs;

use eve_core::{ChangeOutcome, EnvironmentId, Secret, SecretName, SecretScope, SecretStore as _, codes};

use crate::scratch::Scratch;

fn name(text: &str) -> SecretName {
    SecretName::new(text).unwrap()
}

fn scope() -> SecretScope {
    SecretScope::Environment(EnvironmentId::parse("acme/shop/test").unwrap())
}

const FILE: &str = "secrets/environment.acme.shop.test.env";

#[tokio::test]
async fn a_value_of_several_lines_survives_reopening_with_its_version() {
    let pem = "-----BEGIN KEY-----\n\"a\\b\" $c\n-----END KEY-----\n";
    let scratch = Scratch::new();
    let state = scratch.open().await;
    let version = state.secrets().put(&scope(), &name("PEM"), Secret::new(pem)).await.unwrap();
    state.close().await;
    let secrets = scratch.open().await.secrets();
    let (secret, again) = secrets.get(&scope(), &name("PEM"), Some(&version)).await.unwrap().unwrap();
    assert!(secret.expose() == pem);
    assert_eq!(again, version);
    assert_eq!(secrets.put(&scope(), &name("PEM"), Secret::new(pem)).await.unwrap(), version);
}

#[tokio::test]
async fn what_a_person_wrote_is_read_and_kept() {
    let scratch = Scratch::new();
    let secrets = scratch.open().await.secrets();
    let file = scratch.path().join(FILE);
    fs::write(&file, "# from the vault\nB=by-hand\n").unwrap();
    let (secret, _) = secrets.get(&scope(), &name("B"), None).await.unwrap().unwrap();
    assert!(secret.expose() == "by-hand");
    secrets.put(&scope(), &name("A"), Secret::new("a b")).await.unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "# from the vault\nB=by-hand\nA=\"a b\"\n");
    let listed = secrets.list(&scope()).await.unwrap();
    assert_eq!(listed.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(secrets.delete(&scope(), &name("B")).await.unwrap().outcome, ChangeOutcome::Deleted);
    assert_eq!(fs::read_to_string(&file).unwrap(), "# from the vault\nA=\"a b\"\n");
}

#[tokio::test]
async fn a_malformed_file_is_named_and_neither_shown_nor_overwritten() {
    let scratch = Scratch::new();
    let secrets = scratch.open().await.secrets();
    let file = scratch.path().join(FILE);
    let text = "A=1\nhunter2 hunter2\n";
    fs::write(&file, text).unwrap();
    let errors = [
        secrets.get(&scope(), &name("A"), None).await.map(drop).unwrap_err(),
        secrets.list(&scope()).await.map(drop).unwrap_err(),
        secrets.put(&scope(), &name("A"), Secret::new("hunter2")).await.map(drop).unwrap_err(),
        secrets.delete(&scope(), &name("A")).await.map(drop).unwrap_err(),
    ];
    let want =
        [&codes::SECRET_UNREADABLE, &codes::STATE_UNREADABLE, &codes::STATE_UNREADABLE, &codes::STATE_UNREADABLE];
    assert_eq!(errors.each_ref().map(eve_core::Error::code), want);
    for error in errors {
        assert!(!format!("{error:?} {} {:?}", error.chain(), error.hint()).contains("hunter2"));
        assert!(error.chain().contains("line 2"), "{}", error.chain());
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[tokio::test]
async fn versions_differ_between_states_scopes_and_names() {
    let (one, two) = (Scratch::new(), Scratch::new());
    let (one, two) = (one.open().await.secrets(), two.open().await.secrets());
    let mut versions = std::collections::BTreeSet::new();
    for secrets in [&one, &two] {
        for scope in [scope(), SecretScope::System] {
            for key in ["A", "B"] {
                versions.insert(secrets.put(&scope, &name(key), Secret::new("same")).await.unwrap());
            }
        }
    }
    assert_eq!(versions.len(), 8);
}

#[tokio::test]
async fn without_the_key_of_the_versions_secrets_are_unreadable() {
    let scratch = Scratch::new();
    let secrets = scratch.open().await.secrets();
    secrets.put(&scope(), &name("A"), Secret::new("x")).await.unwrap();
    fs::write(scratch.path().join("secrets/key"), "short").unwrap();
    let error = secrets.get(&scope(), &name("A"), None).await.map(drop).unwrap_err();
    assert_eq!(error.code(), &codes::SECRET_UNREADABLE);
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let scratch = Scratch::new();
    let state = scratch.open().await;
    state.secrets().put(&scope(), &name("A"), Secret::new("hunter2")).await.unwrap();
    assert!(!format!("{state:?} {} {:?}", state.secrets(), state.secrets()).contains("hunter2"));
}
