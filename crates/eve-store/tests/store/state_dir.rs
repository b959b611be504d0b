//! Opening, holding, closing.

use std::fs;
use std::time::Duration;

use eve_core::{ErrorKind, Journal as _, codes};

use crate::scratch::{Scratch, record, soon, stream};

#[cfg(unix)]
#[tokio::test]
async fn everything_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    use eve_core::{Blobs as _, Secret, SecretName, SecretScope, SecretStore as _};

    let scratch = Scratch::new();
    let state = scratch.open().await;
    let name = SecretName::new("TOKEN").unwrap();
    state.secrets().put(&SecretScope::System, &name, Secret::new("x")).await.unwrap();
    state.blobs().put("bytes".into()).await.unwrap();
    state.journal().append(&stream("s"), 0, None, vec![record("a")]).await.unwrap();
    let mut folders = vec![scratch.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
        for item in fs::read_dir(&folder).unwrap() {
            let item = item.unwrap();
            let meta = item.metadata().unwrap();
            if meta.is_dir() {
                folders.push(item.path());
            } else {
                files += 1;
                assert_eq!(meta.permissions().mode() & 0o777, 0o600, "{}", item.path().display());
            }
        }
    }
    assert!(files >= 6, "VERSION, lock, database with its log, key, secrets and a blob, not {files}");
}

#[tokio::test]
async fn a_second_writer_is_told_who_holds_it() {
    let scratch = Scratch::new();
    let first = scratch.open().await;
    let error = scratch.try_open().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, &codes::STATE_HELD));
    let pid = std::process::id().to_string();
    assert!(error.to_string().contains(&pid) && error.to_string().contains("a test"), "{error}");
    assert!(error.hint().unwrap().contains(&pid));
    first.journal().append(&stream("s"), 0, None, vec![record("still held")]).await.unwrap();
}

#[tokio::test]
async fn closing_lets_the_next_writer_in_at_once() {
    let scratch = Scratch::new();
    let first = scratch.open().await;
    let journal = first.journal();
    first.close().await;
    let second = scratch.open().await;
    let error = journal.append(&stream("s"), 0, None, vec![record("late")]).await.unwrap_err();
    assert_eq!(error.code(), &codes::STATE_IO);
    second.journal().append(&stream("s"), 0, None, vec![record("first")]).await.unwrap();
}

#[tokio::test]
async fn dropping_lets_the_next_writer_in_too() {
    let scratch = Scratch::new();
    drop(scratch.open().await);
    soon(async {
        while let Err(error) = scratch.try_open().await {
            assert_eq!(error.code(), &codes::STATE_HELD);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_newer_form_is_refused() {
    let scratch = Scratch::new();
    scratch.open().await.close().await;
    fs::write(scratch.path().join("VERSION"), "2\n").unwrap();
    for error in scratch.errors().await {
        assert_eq!((error.kind(), error.code()), (ErrorKind::Corrupt, &codes::STATE_VERSION));
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_even_without_a_version_file() {
    let scratch = Scratch::new();
    scratch.open().await.close().await;
    crate::journal::tamper(scratch.path(), "PRAGMA user_version = 2").await;
    fs::remove_file(scratch.path().join("VERSION")).unwrap();
    assert_eq!(scratch.try_open().await.unwrap_err().code(), &codes::STATE_VERSION);
}

#[tokio::test]
async fn an_unreadable_version_is_refused() {
    let scratch = Scratch::new();
    scratch.open().await.close().await;
    for text in [&b""[..], b"one", b"-1", b"\xff"] {
        fs::write(scratch.path().join("VERSION"), text).unwrap();
        for error in scratch.errors().await {
            assert_eq!(error.code(), &codes::STATE_UNREADABLE);
        }
    }
}

#[tokio::test]
async fn a_set_up_that_was_cut_off_is_finished() {
    let scratch = Scratch::new();
    let state = scratch.open().await;
    state.journal().append(&stream("s"), 0, None, vec![record("kept")]).await.unwrap();
    state.close().await;
    fs::remove_file(scratch.path().join("VERSION")).unwrap();
    assert_eq!(scratch.open().await.journal().read(&stream("s"), 0, 9).await.unwrap().len(), 1);

    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path()).unwrap();
    fs::write(scratch.path().join("journal.db"), "").unwrap();
    scratch.open().await.journal().append(&stream("s"), 0, None, vec![record("first")]).await.unwrap();
}

#[tokio::test]
async fn a_state_directory_that_is_a_file_is_an_error() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path().parent().unwrap()).unwrap();
    fs::write(scratch.path(), "").unwrap();
    for error in scratch.errors().await {
        assert_eq!(error.code(), &codes::STATE_IO);
    }
}
