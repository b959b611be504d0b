//! Files of a release inside a container.

use std::collections::BTreeMap;

use eve_core::{AbsolutePath, Error, OpCx, PlacedFiles, Result, codes};

use crate::archive::Archive;

/// Files with their bytes, as the engine takes them; none where there are none. They are root's, everybody
/// may read them and nobody write. The archive has no folders: the engine makes those that are not there, and
/// one that the image or a mount has keeps its owner and mode.
///
/// # Errors
/// `blob.not_found`, `state.unreadable`; `path.invalid` for a target that is no path.
pub(crate) async fn pack(files: &[PlacedFiles], cx: &OpCx) -> Result<Option<Vec<u8>>> {
    if files.is_empty() {
        return Ok(None);
    }
    let mut archive = Archive::new();
    for placed in files {
        let target = AbsolutePath::new(placed.target.as_str())?;
        for (path, bytes) in placed.read(cx).await? {
            match path {
                Some(path) => archive.file(&format!("{target}/{path}"), &bytes, 0o444, 0)?,
                None => archive.file(target.as_str(), &bytes, 0o444, 0)?,
            }
        }
    }
    archive.finish().map(Some)
}

/// Fails if any bytes are gone: told before anything is given up for what needs them.
///
/// # Errors
/// `blob.not_found`, `state.unreadable`, all of them at once; `cancelled`, `deadline.exceeded`.
pub(crate) async fn check_there(files: impl IntoIterator<Item = (String, PlacedFiles)>, cx: &OpCx) -> Result<()> {
    let mut wanted = BTreeMap::new();
    for (whose, placed) in files {
        for (path, file) in placed.tree.files() {
            let below = path.map(|path| format!("/{path}")).unwrap_or_default();
            let place = || format!("{}{below} of {whose}", placed.target.trim_end_matches('/'));
            wanted.entry(file.digest.clone()).or_insert_with(place);
        }
    }
    let reading = async {
        let mut wrong = Vec::new();
        for (digest, place) in &wanted {
            match cx.files.read(digest).await {
                Ok(_) => {}
                Err(error) if *error.code() == codes::BLOB_NOT_FOUND => {
                    let text = format!("{place} is kept no longer");
                    let error = Error::not_found(codes::BLOB_NOT_FOUND, text).with_source(error);
                    wrong.push(error.with_hint("deploy it again from the project's folder"));
                }
                Err(error) => wrong.push(error),
            }
        }
        Error::several(wrong).map_or(Ok(()), Err)
    };
    tokio::select! {
        done = cx.deadline.limit(&*cx.env, "the files of what is to start", reading) => done?,
        () = cx.cancel.cancelled() => Err(eve_core::Cancel::error()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use async_trait::async_trait;
    use bytes::Bytes;
    use eve_core::{Deadline, Digest, EnvironmentId, Fence, FileBlob, FileResolver, FileTree, OpId, SourcePath};

    use super::*;

    /// Keeps a few texts.
    struct Kept(&'static [&'static str]);

    #[async_trait]
    impl FileResolver for Kept {
        async fn read(&self, digest: &Digest) -> Result<Bytes> {
            let found = self.0.iter().find(|text| Digest::of(text.as_bytes()) == *digest);
            found
                .map(|text| Bytes::from_static(text.as_bytes()))
                .ok_or_else(|| Error::not_found(codes::BLOB_NOT_FOUND, format!("no bytes are stored under {digest}")))
        }
    }

    fn cx(kept: &'static [&'static str]) -> OpCx {
        let env = Arc::new(eve_core::SystemEnv::new());
        let environment = EnvironmentId::parse("acme/shop/prod").unwrap();
        let deadline = Deadline::after(&*env, Duration::from_secs(60));
        OpCx::new(env, environment, OpId::new("create container/web"), Fence::new(3), deadline)
            .with_files(Arc::new(Kept(kept)))
    }

    fn folder(target: &str, files: &[(&str, &str)]) -> PlacedFiles {
        let files = files.iter().map(|(path, text)| (SourcePath::new(*path).unwrap(), FileBlob::of(text.as_bytes())));
        PlacedFiles::new(target, FileTree::Folder(files.collect()))
    }

    #[tokio::test]
    async fn only_files_are_packed_so_that_folders_that_are_there_keep_their_owner_and_mode() {
        let files = [
            folder("//etc/./app/", &[("a", "1"), ("sub/deep/b", "2")]),
            PlacedFiles::new("/c", FileTree::File(FileBlob::of(b"1"))),
        ];
        let bytes = pack(&files, &cx(&["1", "2"])).await.unwrap().unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            assert!(header.entry_type().is_file());
            assert_eq!((header.mode().unwrap(), header.uid().unwrap(), header.gid().unwrap()), (0o444, 0, 0));
            found.push(entry.path().unwrap().to_string_lossy().into_owned());
        }
        assert_eq!(found, ["etc/app/a", "etc/app/sub/deep/b", "c"]);
        assert_eq!(pack(&[], &cx(&[])).await.unwrap(), None);
    }

    #[tokio::test]
    async fn all_bytes_that_are_gone_are_named_at_once() {
        let files = [("web".to_owned(), folder("/etc/app", &[("a", "1"), ("b", "2")]))];
        let files = files.into_iter().chain([("api".to_owned(), folder("/conf/", &[("c", "3")]))]);
        assert!(check_there(files.clone(), &cx(&["1", "2", "3"])).await.is_ok());
        let error = check_there(files, &cx(&["1"])).await.unwrap_err();
        assert_eq!(error.code(), &codes::BLOB_NOT_FOUND);
        let text = error.to_string();
        assert!(text.contains("/etc/app/b of web") && text.contains("/conf/c of api"), "{text}");
        assert!(!text.contains("/etc/app/a"), "{text}");
    }

    #[tokio::test]
    async fn nobody_who_gave_up_waits_for_the_bytes() {
        let cancel = eve_core::Cancel::new();
        cancel.cancel();
        let cx = cx(&[]).with_files(Arc::new(Never)).with_cancel(cancel);
        let files = [("web".to_owned(), folder("/etc/app", &[("a", "1")]))];
        assert_eq!(check_there(files, &cx).await.unwrap_err().code(), &codes::CANCELLED);
    }

    /// Never answers.
    struct Never;

    #[async_trait]
    impl FileResolver for Never {
        async fn read(&self, _: &Digest) -> Result<Bytes> {
            std::future::pending().await
        }
    }
}
