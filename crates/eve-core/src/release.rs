//! Releases, and what a release becomes in one environment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::desired::{FileMount, FileSource};
use crate::{
    Artifact, Body, Desired, EnvName, EnvironmentId, Error, FileBlob, FileTree, PlacedFiles, Project, ReleaseId,
    Result, SecretName, SecretVersion, ServiceName, SourcePath, Timestamp, codes,
};

/// Immutable: a manifest, resolved, with one artifact for each service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// Counts the releases of a project, from 1.
    pub version: u32,
    /// The commit that it was made from, where there is one.
    pub git_sha: Option<String>,
    /// The manifest, resolved. Rolling back or promoting never parses a manifest again.
    pub project: Project,
    /// The artifact of every service and job that has one.
    pub artifacts: BTreeMap<ServiceName, Artifact>,
    /// What it keeps of the project's files, by their paths.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<SourcePath, FileTree>,
    /// When it was made.
    pub created: Timestamp,
}

impl Release {
    /// A release.
    pub fn new(
        id: ReleaseId,
        version: u32,
        project: Project,
        artifacts: BTreeMap<ServiceName, Artifact>,
        created: Timestamp,
    ) -> Self {
        Self { id, version, git_sha: None, project, artifacts, files: BTreeMap::new(), created }
    }

    /// Gives it what it keeps of the project's files.
    pub fn with_files(mut self, files: BTreeMap<SourcePath, FileTree>) -> Self {
        self.files = files;
        self
    }

    /// The id that a release of this content has. Where values stand in a file is no content.
    ///
    /// # Errors
    /// `internal.encode` never happens for these types; the signature keeps the check.
    pub fn content_id(
        project: &Project,
        artifacts: &BTreeMap<ServiceName, Artifact>,
        files: &BTreeMap<SourcePath, FileTree>,
    ) -> Result<ReleaseId> {
        let mut content = project.clone();
        for environment in content.environments.values_mut() {
            environment.desired.origins = crate::Origins::default();
        }
        // Releases without files keep the ids that they had before there were any.
        let body =
            if files.is_empty() { Body::of(&(content, artifacts)) } else { Body::of(&(content, artifacts, files)) };
        Ok(ReleaseId::of_content(&body?.digest()))
    }

    /// The release's tag, for people.
    pub fn tag(&self) -> String {
        format!("v{}", self.version)
    }

    /// What the release means for one environment, before secrets have versions.
    ///
    /// # Errors
    /// `environment.unknown` if its manifest does not declare that environment; `file.missing` if it keeps
    /// no content of files that are needed there, all of them named.
    pub fn bind(&self, env: &EnvName, secrets: BTreeMap<SecretName, SecretVersion>) -> Result<Bound> {
        let desired = self.project.environment(env)?.desired.clone();
        let (mut files, mut missing) = (BTreeMap::new(), Vec::new());
        for (place, mount) in desired.files() {
            let FileSource::Project(path) = &mount.source else { continue };
            match self.files.get(path) {
                Some(tree) => drop(files.insert(path.clone(), tree.clone())),
                None => missing.push(format!("{path} (for {place})")),
            }
        }
        if !missing.is_empty() {
            let text = format!("release {} keeps no content of {}", self.id, missing.join(", "));
            return Err(Error::not_found(codes::FILE_MISSING, text).with_hint("make the release again"));
        }
        Ok(Bound {
            release: Some(self.id.clone()),
            version: self.version,
            desired,
            artifacts: self.artifacts.clone(),
            files,
            secrets,
            ends: false,
        })
    }
}

/// A target state with everything that a plan needs to be a value: artifacts and secret versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bound {
    /// The release; none for the empty target state.
    pub release: Option<ReleaseId>,
    /// The release's number, 0 for the empty target state.
    pub version: u32,
    /// The target state.
    pub desired: Desired,
    /// The artifact of every service and job that has one.
    pub artifacts: BTreeMap<ServiceName, Artifact>,
    /// What the release keeps of the files that are needed, by their paths in the project.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<SourcePath, FileTree>,
    /// The version of every secret that is needed.
    pub secrets: BTreeMap<SecretName, SecretVersion>,
    /// True if the environment comes to its end: what outlives releases, volumes above all, goes too. In
    /// every other target state it stays, also in one without services.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends: bool,
}

impl Bound {
    /// The target state of an environment that was deleted: nothing runs and nothing is kept.
    pub fn ended(environment: EnvironmentId) -> Self {
        Self { ends: true, ..Self::empty(environment) }
    }

    /// The target state in which nothing runs: what a first deploy is undone to.
    pub fn empty(environment: EnvironmentId) -> Self {
        Self {
            release: None,
            version: 0,
            desired: Desired::empty(environment),
            artifacts: BTreeMap::new(),
            files: BTreeMap::new(),
            secrets: BTreeMap::new(),
            ends: false,
        }
    }

    /// A target state without a release, for backends' own tests.
    pub fn unreleased(desired: Desired) -> Self {
        let environment = desired.environment.clone();
        Self { desired, ..Self::empty(environment) }
    }

    /// Files with their content, as a workload finds them.
    ///
    /// # Errors
    /// `file.missing` if the target state was bound without some of them.
    pub fn placed(&self, files: &[FileMount]) -> Result<Vec<PlacedFiles>> {
        let placed = |mount: &FileMount| {
            let tree = match &mount.source {
                FileSource::Text { text } => FileTree::File(FileBlob::of(text.as_bytes())),
                FileSource::Project(path) => self.files.get(path).cloned().ok_or_else(|| {
                    Error::not_found(codes::FILE_MISSING, format!("{path} was not bound to any content"))
                })?,
            };
            Ok(PlacedFiles::new(mount.target.clone(), tree))
        };
        files.iter().map(placed).collect()
    }

    /// Whose target state it is.
    pub fn environment(&self) -> &EnvironmentId {
        &self.desired.environment
    }
}
