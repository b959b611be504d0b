//! What an embedder asks for.

use eve_core::{Body, Digest, EnvName, Environment, EnvironmentId, Error, Project, Release, Result, SourceDir, codes};

/// A deploy: what, to where, asked by whom.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeployRequest {
    /// What is deployed.
    pub what: DeployWhat,
    /// The environment.
    pub env: EnvName,
    /// The project's files, for services that are built and for files that the release keeps.
    pub source: Option<SourceDir>,
    /// Who asks. By default `unknown`.
    pub requested_by: String,
    /// Asking twice with the same key gives the same run.
    pub idempotency_key: Option<String>,
    /// The digest of a plan that was approved: anything else is `plan.drifted`.
    pub approved: Option<Digest>,
}

/// What is deployed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DeployWhat {
    /// A manifest, through its pipeline.
    Project(Box<Project>),
    /// A release that exists: build and release are skipped.
    Release(Box<Release>),
}

impl DeployRequest {
    /// A deploy of a manifest.
    pub fn new(project: Project, env: EnvName) -> Self {
        Self::of(DeployWhat::Project(Box::new(project)), env)
    }

    /// A deploy of a release that exists, to this or another environment.
    pub fn release(release: Release, env: EnvName) -> Self {
        Self::of(DeployWhat::Release(Box::new(release)), env)
    }

    fn of(what: DeployWhat, env: EnvName) -> Self {
        Self { what, env, source: None, requested_by: "unknown".to_owned(), idempotency_key: None, approved: None }
    }

    /// Says where the project's files are.
    pub fn with_source(mut self, source: SourceDir) -> Self {
        self.source = Some(source);
        self
    }

    /// Says who asks.
    pub fn with_requested_by(mut self, who: impl Into<String>) -> Self {
        self.requested_by = who.into();
        self
    }

    /// Makes asking twice harmless.
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// Binds the deploy to a plan that was approved.
    pub fn with_approved(mut self, plan: Digest) -> Self {
        self.approved = Some(plan);
        self
    }

    /// The manifest behind it.
    pub fn project(&self) -> &Project {
        match &self.what {
            DeployWhat::Project(project) => project,
            DeployWhat::Release(release) => &release.project,
        }
    }

    /// The environment's address.
    pub fn environment(&self) -> EnvironmentId {
        self.project().environment_id(&self.env)
    }

    /// Refuses a deploy of nothing in particular to an environment that takes only approved plans.
    pub(crate) fn check_approval(&self, declared: &Environment) -> Result<()> {
        if !declared.needs_approval || self.approved.is_some() {
            return Ok(());
        }
        let text = format!("{} takes only plans that were approved", self.environment());
        Err(Error::denied(codes::PLAN_UNAPPROVED, text)
            .with_hint("make a plan, and deploy with its digest as approved"))
    }

    /// The digest of what is asked for: equal for equal arguments.
    pub(crate) fn digest(&self) -> Result<Digest> {
        let what = match &self.what {
            DeployWhat::Project(project) => Body::of(project)?,
            DeployWhat::Release(release) => Body::of(&release.id)?,
        };
        Ok(Body::of(&(what, &self.env, &self.requested_by, &self.approved))?.digest())
    }
}
