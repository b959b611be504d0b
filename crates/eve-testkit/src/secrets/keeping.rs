//! What a secret store promises.

use eve_core::{ChangeOutcome, EnvironmentId, Secret, SecretName, SecretScope, SecretVersion, lookup_secret};

use super::Safe;
use crate::failure::{ensure, ensure_eq};
use crate::{Failure, Outcome};

pub(super) async fn a_secret_comes_back_at_its_version(on: &Safe) -> Outcome {
    let (scope, name) = (environment(), name("TOKEN"));
    let version = on.store.put(&scope, &name, Secret::new("s3cret")).await?;
    ensure_eq!(read(on, &scope, None).await?, Some(("s3cret".to_owned(), version.clone())), "the current version");
    ensure_eq!(read(on, &scope, Some(&version)).await?, Some(("s3cret".to_owned(), version)), "the named version");
    Ok(())
}

pub(super) async fn what_was_never_stored_is_none(on: &Safe) -> Outcome {
    ensure_eq!(read(on, &environment(), None).await?, None, "a secret that was never stored");
    on.store.put(&environment(), &name("TOKEN"), Secret::new("s3cret")).await?;
    let unknown = SecretVersion::new("never-was");
    ensure_eq!(read(on, &environment(), Some(&unknown)).await?, None, "a version that never was");
    Ok(())
}

pub(super) async fn equal_text_keeps_its_version(on: &Safe) -> Outcome {
    let (scope, name) = (environment(), name("TOKEN"));
    let first = on.store.put(&scope, &name, Secret::new("same")).await?;
    let second = on.store.put(&scope, &name, Secret::new("same")).await?;
    ensure_eq!(first, second, "equal text has two versions");
    Ok(())
}

pub(super) async fn other_text_has_another_version(on: &Safe) -> Outcome {
    let (scope, name) = (environment(), name("TOKEN"));
    let first = on.store.put(&scope, &name, Secret::new("one")).await?;
    let second = on.store.put(&scope, &name, Secret::new("two")).await?;
    ensure!(first != second, "two texts have one version, {first}");
    ensure_eq!(read(on, &scope, None).await?, Some(("two".to_owned(), second)), "the current version");
    // Whether older versions are kept is the store's choice; an older one never has another's text.
    let old = read(on, &scope, Some(&first)).await?;
    ensure!(old.is_none() || old == Some(("one".to_owned(), first)), "the older version has another text");
    Ok(())
}

pub(super) async fn any_text_survives(on: &Safe) -> Outcome {
    let texts = ["", " ", "a=b", "'\"`$X${Y}\\n#", "two\nlines\r\nand a half\n", "-----BEGIN-----\nx\n", "ü🦀", "\t"];
    for text in texts {
        on.store.put(&environment(), &name("TOKEN"), Secret::new(text)).await?;
        on.store.put(&environment(), &name("OTHER"), Secret::new("beside it")).await?;
        let back = read(on, &environment(), None).await?.map(|(text, _)| text);
        ensure_eq!(back.as_deref(), Some(text), "a text changed");
    }
    Ok(())
}

pub(super) async fn scopes_are_kept_apart(on: &Safe) -> Outcome {
    let mut scopes = SecretScope::chain(&id("acme/shop/prod")).to_vec();
    scopes.extend(SecretScope::chain(&id("acme/shop/test")).into_iter().take(1));
    // The same letters, cut otherwise.
    scopes.extend(SecretScope::chain(&id("acme-shop/prod/x")).into_iter().take(3));
    for scope in &scopes {
        on.store.put(scope, &name("TOKEN"), Secret::new(format!("of {scope}"))).await?;
    }
    for scope in &scopes {
        let text = read(on, scope, None).await?.map(|(text, _)| text);
        ensure_eq!(text, Some(format!("of {scope}")), "another scope's secret");
    }
    Ok(())
}

pub(super) async fn the_narrowest_scope_wins(on: &Safe) -> Outcome {
    let env = id("acme/shop/prod");
    for scope in SecretScope::chain(&env).iter().rev() {
        on.store.put(scope, &name("TOKEN"), Secret::new(scope.to_string())).await?;
        let found = lookup_secret(&*on.store, &env, &name("TOKEN"), None).await?;
        let text = found.map(|(secret, _)| secret.expose().to_owned());
        ensure_eq!(text, Some(scope.to_string()), "a wider scope was preferred");
    }
    Ok(())
}

pub(super) async fn a_list_names_secrets_and_current_versions(on: &Safe) -> Outcome {
    let scope = environment();
    ensure!(on.store.list(&scope).await?.is_empty(), "an empty scope lists something");
    on.store.put(&scope, &name("B"), Secret::new("old")).await?;
    let b = on.store.put(&scope, &name("B"), Secret::new("b")).await?;
    let a = on.store.put(&scope, &name("A"), Secret::new("a")).await?;
    on.store.put(&SecretScope::System, &name("C"), Secret::new("c")).await?;
    let list: Vec<_> = on.store.list(&scope).await?.into_iter().map(|secret| (secret.name, secret.version)).collect();
    ensure_eq!(list, [(name("A"), a), (name("B"), b)], "not exactly the scope's own, sorted");
    Ok(())
}

pub(super) async fn a_deleted_secret_is_gone_and_deleting_again_is_skipped(on: &Safe) -> Outcome {
    let (scope, name) = (environment(), name("TOKEN"));
    let version = on.store.put(&scope, &name, Secret::new("one")).await?;
    on.store.put(&scope, &name, Secret::new("two")).await?;
    ensure_eq!(on.store.delete(&scope, &name).await?.outcome, ChangeOutcome::Deleted, "the first deletion");
    ensure_eq!(on.store.delete(&scope, &name).await?.outcome, ChangeOutcome::Skipped, "the second deletion");
    ensure_eq!(read(on, &scope, None).await?, None, "the current version");
    ensure_eq!(read(on, &scope, Some(&version)).await?, None, "an older version");
    ensure!(on.store.list(&scope).await?.is_empty(), "a deleted secret is listed");
    Ok(())
}

pub(super) async fn printing_the_store_shows_no_secret(on: &Safe) -> Outcome {
    let canary = "canary-7f3a91";
    let version = on.store.put(&environment(), &name("TOKEN"), Secret::new(canary)).await?;
    let list = on.store.list(&environment()).await?;
    for shown in [format!("{}", on.store), format!("{:?}", on.store), format!("{list:?}"), version.to_string()] {
        ensure!(!shown.contains(canary), "the secret is shown");
    }
    Ok(())
}

type Found = Option<(String, SecretVersion)>;

async fn read(on: &Safe, scope: &SecretScope, version: Option<&SecretVersion>) -> Result<Found, Failure> {
    let found = on.store.get(scope, &name("TOKEN"), version).await?;
    Ok(found.map(|(secret, version)| (secret.expose().to_owned(), version)))
}

fn environment() -> SecretScope {
    SecretScope::Environment(id("acme/shop/prod"))
}

fn id(text: &str) -> EnvironmentId {
    EnvironmentId::parse(text).expect("the suite's names are valid")
}

fn name(text: &str) -> SecretName {
    SecretName::new(text).expect("the suite's names are valid")
}
