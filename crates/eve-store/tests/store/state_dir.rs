//! Opening, holding, closing.

use std::fs;
use std::time::Duration;

use eve_core::{Blobs as _, Journal as _, codes};

use crate::scratch::{Scratch, holder, lease, record, stream};

#[cfg(unix)]
#[tokio::test]
async fn everything_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    use eve_core::{Secret, SecretName, SecretScope, SecretStore as _};

    let scratch = Scratch::new();
    let state = scratch.open().await;
    let name = SecretName::new("TOKEN").unwrap();
    state.secrets().put(&SecretScope::System, &name, Secret::new("x")).await.unwrap();
    state.blobs().put("bytes".into()).await.unwrap();
    state.journal().append(&stream("s"), 0, None, vec![record("a")]).await.unwrap();
    state.journal().acquire(&lease(), &holder("hold_a"), Duration::from_secs(1)).await.unwrap();
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
    assert!(files >= 9, "VERSION, locks, holder, database with its log, key, secrets and a blob, not {files}");
}

#[tokio::test]
async fn what_was_closed_takes_nothing_more() {
    let scratch = Scratch::new();
    let state = scratch.open().await;
    let journal = state.journal();
    state.close().await;
    for error in [
        journal.append(&stream("s"), 0, None, vec![record("late")]).await.map(drop).unwrap_err(),
        journal.acquire(&lease(), &holder("hold_a"), Duration::from_secs(1)).await.map(drop).unwrap_err(),
        state.blobs().put("late".into()).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.code(), &codes::STATE_IO);
    }
    assert!(scratch.open().await.holders().await.unwrap().is_empty());
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
