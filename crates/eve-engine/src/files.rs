//! Files of the project that a release keeps.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::desired::{FileMount, FileSource};
use eve_core::{
    Blobs, Desired, Digest, EnvName, Error, FileBlob, FileResolver, FileTree, Project, Result, ServiceName,
    SourceContent, SourceDir, SourceLimit, SourcePath, codes,
};

use crate::parts::Parts;

/// Files by their paths in the project, as a release keeps them.
pub(crate) type Files = BTreeMap<SourcePath, FileTree>;

/// Whether the bytes are kept, or only looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Bytes,
    Nothing,
}

/// Reads the files that a project's environments ask for, and keeps their bytes. Those that only other
/// environments than `env` ask for may be missing: a release cannot go there then.
///
/// # Errors
/// What is wrong with any of them, all named at once, each with the places that need it:
/// `file.missing`, `file.escapes`, `file.too_large`, `file.conflict`; `state.*` if they cannot be read or kept.
pub(crate) async fn gather(
    parts: &Parts,
    project: &Project,
    env: &EnvName,
    source: Option<&SourceDir>,
    keep: Keep,
) -> Result<Files> {
    let own = places(project, env)?;
    let mut read: BTreeMap<SourcePath, SourceContent> = BTreeMap::new();
    let mut wrong: Vec<(Error, String)> = Vec::new();
    let desired = &project.environment(env)?.desired;
    for (path, places) in &own {
        match content(parts, source, path, left(desired, path, &read)).await {
            Ok(content) => drop(read.insert(path.clone(), content)),
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) => {
                let text = format!("{error} (for {})", places.join(", "));
                wrong.push((error, text));
            }
        }
    }
    let conflict = desired.check_files(&trees(&read)?).err();
    for error in too_large(desired, &read).into_iter().chain(conflict) {
        let text = error.to_string();
        wrong.push((error, text));
    }
    if !wrong.is_empty() {
        return Err(all_of(wrong));
    }
    for other in project.environments.keys().filter(|other| *other != env) {
        let desired = &project.environment(other)?.desired;
        for path in places(project, other)?.into_keys().filter(|path| !own.contains_key(path)) {
            if !read.contains_key(&path)
                && let Ok(content) = content(parts, source, &path, left(desired, &path, &read)).await
            {
                read.insert(path, content);
            }
        }
    }
    if keep == Keep::Bytes {
        let texts = texts(project).map(|text| Bytes::copy_from_slice(text.as_bytes()));
        for bytes in read.values().flat_map(bytes).chain(texts) {
            parts.blobs.put(bytes).await?;
        }
    }
    trees(&read)
}

/// The paths that an environment asks for, each with the places that do.
fn places(project: &Project, env: &EnvName) -> Result<BTreeMap<SourcePath, Vec<String>>> {
    let desired = &project.environment(env)?.desired;
    let mut out: BTreeMap<SourcePath, Vec<String>> = BTreeMap::new();
    for (place, mount) in desired.files() {
        if let FileSource::Project(path) = &mount.source {
            out.entry(path.clone()).or_default().push(format!("{place}, {}", desired.origins.of(&place)));
        }
    }
    Ok(out)
}

/// The texts that stand in place of files.
fn texts(project: &Project) -> impl Iterator<Item = &str> {
    let files = project.environments.values().flat_map(|environment| environment.desired.files());
    files.filter_map(|(_, mount)| match &mount.source {
        FileSource::Text { text } => Some(text.as_str()),
        _ => None,
    })
}

async fn content(
    parts: &Parts,
    source: Option<&SourceDir>,
    path: &SourcePath,
    most: SourceLimit,
) -> Result<SourceContent> {
    let reader = parts.source_files.as_ref().ok_or_else(|| {
        let text = format!("the engine was given nothing that reads {path}");
        Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text)
            .with_hint("plug one in with EngineBuilder::source_files")
    })?;
    let source = source.ok_or_else(|| {
        Error::not_found(codes::FILE_MISSING, format!("{path} is needed, and no source folder was given"))
            .with_hint("say where the project's files are with DeployRequest::with_source")
    })?;
    reader.read(source, path, most).await
}

/// The services and jobs of an environment, with their files.
fn owners(desired: &Desired) -> impl Iterator<Item = (&ServiceName, &Vec<FileMount>)> {
    let services = desired.services.iter().map(|(name, service)| (name, &service.files));
    services.chain(desired.jobs.iter().map(|(name, job)| (name, &job.files)))
}

/// How many files, and of how many bytes, someone asks for, as far as they were read.
fn size(mounts: &[FileMount], read: &BTreeMap<SourcePath, SourceContent>) -> (usize, u64) {
    let size = |mount: &FileMount| match &mount.source {
        FileSource::Text { text } => (1, text.len() as u64),
        FileSource::Project(path) => match read.get(path) {
            Some(SourceContent::File(bytes)) => (1, bytes.len() as u64),
            Some(SourceContent::Folder(files)) => (files.len(), files.values().map(|bytes| bytes.len() as u64).sum()),
            _ => (0, 0),
        },
        _ => (0, 0),
    };
    mounts.iter().map(size).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// How much a path may hold, so that nobody who asks for it gets more than may be kept.
fn left(desired: &Desired, path: &SourcePath, read: &BTreeMap<SourcePath, SourceContent>) -> SourceLimit {
    let limits = owners(desired).filter_map(|(_, mounts)| {
        let times = mounts.iter().filter(|mount| mount.source.as_project() == Some(path)).count();
        let (files, bytes) = size(mounts, read);
        (times > 0).then(|| SourceLimit::OF_SERVICE.minus(files, bytes).shared_by(times))
    });
    limits.fold(SourceLimit::OF_SERVICE, SourceLimit::and)
}

/// The services and jobs of an environment that ask for more than can be kept.
fn too_large(desired: &Desired, read: &BTreeMap<SourcePath, SourceContent>) -> Vec<Error> {
    let wrong = owners(desired).filter_map(|(name, mounts)| {
        let (files, bytes) = size(mounts, read);
        SourceLimit::OF_SERVICE.admit(&format!("services.{name}.files"), files, bytes).err()
    });
    wrong.collect()
}

/// One error of several: by the code of the first.
fn all_of(mut wrong: Vec<(Error, String)>) -> Error {
    if wrong.len() == 1 {
        let (error, text) = wrong.remove(0);
        return like(&error, text);
    }
    let texts: Vec<_> = wrong.iter().map(|(_, text)| text.as_str()).collect();
    let text = format!("{} files cannot be kept: {}", texts.len(), texts.join("; "));
    like(&wrong[0].0, text)
}

/// An error of the same kind, code and hint.
fn like(error: &Error, text: String) -> Error {
    let made = Error::new(error.kind(), error.code().clone(), text);
    match error.hint() {
        Some(hint) => made.with_hint(hint.to_owned()),
        None => made,
    }
}

/// What a release keeps of it.
fn trees(read: &BTreeMap<SourcePath, SourceContent>) -> Result<Files> {
    let tree = |content: &SourceContent| match content {
        SourceContent::File(bytes) => Ok(FileTree::File(FileBlob::of(bytes))),
        SourceContent::Folder(files) => {
            Ok(FileTree::Folder(files.iter().map(|(path, bytes)| (path.clone(), FileBlob::of(bytes))).collect()))
        }
        _ => Err(Error::internal(codes::INTERNAL_INVARIANT, "content of a newer version cannot be kept")),
    };
    read.iter().map(|(path, content)| Ok((path.clone(), tree(content)?))).collect()
}

/// The bytes of every file of it.
fn bytes(content: &SourceContent) -> impl Iterator<Item = Bytes> {
    let (file, folder) = match content {
        SourceContent::File(bytes) => (Some(bytes), None),
        SourceContent::Folder(files) => (None, Some(files)),
        _ => (None, None),
    };
    file.into_iter().chain(folder.into_iter().flat_map(BTreeMap::values)).cloned()
}

/// Gives files of releases their bytes, from the blobs.
pub(crate) struct KeptFiles(pub(crate) Arc<dyn Blobs>);

#[async_trait]
impl FileResolver for KeptFiles {
    async fn read(&self, digest: &Digest) -> Result<Bytes> {
        self.0.get(digest).await
    }
}

impl fmt::Debug for KeptFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptFiles({})", self.0)
    }
}
