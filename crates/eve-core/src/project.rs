//! What a language makes of a manifest.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    Body, BranchPattern, Desired, Digest, EnvName, EnvironmentId, Error, OrgName, Pipeline, PipelineName, ProjectName,
    Result, SecretName, codes,
};

/// A whole manifest, resolved: each environment's target state and the pipelines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Project {
    /// The owner.
    pub org: OrgName,
    /// The project.
    pub name: ProjectName,
    /// The digest of the manifest's text, or of whatever stood in its place.
    pub manifest: Digest,
    /// The environments that the manifest declares.
    pub environments: BTreeMap<EnvName, Environment>,
    /// The pipelines that the manifest declares.
    pub pipelines: BTreeMap<PipelineName, Pipeline>,
    /// What the manifest says for others, agents for one: each key by its path, with its value as JSON. Eve keeps it and
    /// does nothing with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub carried: BTreeMap<String, Body>,
    /// Where its images are kept, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistrySpec>,
    /// The environment that is meant where nobody names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_environment: Option<EnvName>,
}

/// Where the images of a project are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RegistrySpec {
    /// Where the platform keeps them.
    Platform,
    /// Nowhere: nothing is built.
    None,
    /// In a registry.
    Host {
        /// Its host, and its port where it has one of its own.
        host: String,
        /// What its repositories are below.
        namespace: Option<String>,
        /// The secret that holds the name of the user.
        username: SecretName,
        /// The secret that holds the user's token.
        token: SecretName,
    },
}

/// An environment as a manifest declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Environment {
    /// What is to run there.
    pub desired: Desired,
    /// The pipeline that a deploy runs. None means [`Pipeline::direct`].
    pub pipeline: Option<PipelineName>,
    /// How long it is meant to live.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lifetime: Lifetime,
    /// What it is for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub purpose: Purpose,
    /// Words by which it is found.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The branches whose pushes are meant for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchPattern>,
    /// Whether a push deploys it, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_deploy: Option<bool>,
    /// What its pipeline is told, as JSON, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Body>,
    /// Whether a deploy has to be of a plan that was approved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_approval: bool,
    /// Secrets that have to be in the store before anything is deployed, beside those that services name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub requires: BTreeSet<SecretName>,
}

/// How long an environment is meant to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lifetime {
    /// Until somebody deletes it.
    #[default]
    Persistent,
    /// For a while.
    Temporary,
}

/// What an environment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Purpose {
    /// Whatever its project is for.
    #[default]
    Standard,
    /// To look at a change before it is taken.
    Preview,
}

impl Environment {
    /// An environment that is deployed directly.
    pub fn new(desired: Desired) -> Self {
        Self {
            desired,
            pipeline: None,
            lifetime: Lifetime::default(),
            purpose: Purpose::default(),
            labels: BTreeMap::new(),
            branch: None,
            auto_deploy: None,
            inputs: BTreeMap::new(),
            needs_approval: false,
            requires: BTreeSet::new(),
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Project {
    /// A project without environments.
    pub fn new(org: OrgName, name: ProjectName, manifest: Digest) -> Self {
        let (environments, pipelines, carried) = Default::default();
        Self { org, name, manifest, environments, pipelines, carried, registry: None, default_environment: None }
    }

    /// The address of one of its environments, declared or not.
    pub fn environment_id(&self, env: &EnvName) -> EnvironmentId {
        EnvironmentId::new(self.org.clone(), self.name.clone(), env.clone())
    }

    /// A declared environment.
    ///
    /// # Errors
    /// `environment.unknown`; the hint lists those that are declared.
    pub fn environment(&self, env: &EnvName) -> Result<&Environment> {
        self.environments.get(env).ok_or_else(|| {
            let known: Vec<_> = self.environments.keys().map(EnvName::as_str).collect();
            Error::not_found(codes::ENVIRONMENT_UNKNOWN, format!("no environment is named {env}")).with_hint(
                if known.is_empty() {
                    "the manifest declares none".to_owned()
                } else {
                    format!("declared: {}", known.join(", "))
                },
            )
        })
    }

    /// Every secret that an environment speaks of, each with all places that do: services and jobs, the steps of its
    /// pipeline, what has to be there before anything is deployed, and the registry.
    ///
    /// # Errors
    /// As [`pipeline_of`](Self::pipeline_of).
    pub fn secrets(&self, env: &EnvName) -> Result<BTreeMap<SecretName, Vec<String>>> {
        let declared = self.environment(env)?;
        let mut out = declared.desired.secrets();
        let mut note = |name: &SecretName, path: String| out.entry(name.clone()).or_default().push(path);
        let (name, pipeline) = self.pipeline_of(env)?;
        for step in &pipeline.steps {
            let name = name.map_or("direct", PipelineName::as_str);
            step.needed_secrets().for_each(|(secret, place)| note(&secret, format!("pipeline {name}, {place}")));
        }
        for secret in &declared.requires {
            note(secret, "requires.secrets".to_owned());
        }
        if let Some(RegistrySpec::Host { username, token, .. }) = &self.registry {
            note(username, "registry.auth.username_secret".to_owned());
            note(token, "registry.auth.token_secret".to_owned());
        }
        Ok(out)
    }

    /// The pipeline that a deploy of an environment runs.
    ///
    /// # Errors
    /// `environment.unknown`, or `pipeline.unknown` if the environment names one that is not there.
    pub fn pipeline_of(&self, env: &EnvName) -> Result<(Option<&PipelineName>, Pipeline)> {
        match &self.environment(env)?.pipeline {
            None => Ok((None, Pipeline::direct())),
            Some(name) => match self.pipelines.get(name) {
                Some(pipeline) => Ok((Some(name), pipeline.clone())),
                None => Err(Error::invalid(
                    codes::PIPELINE_UNKNOWN,
                    format!("environment {env} names pipeline {name}, which does not exist"),
                )),
            },
        }
    }
}
