//! What a language makes of a manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Body, Desired, Digest, EnvName, EnvironmentId, Error, OrgName, Pipeline, PipelineName, ProjectName, Result, codes,
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
}

/// An environment as a manifest declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Environment {
    /// What is to run there.
    pub desired: Desired,
    /// The pipeline that a deploy runs. None means [`Pipeline::direct`].
    pub pipeline: Option<PipelineName>,
}

impl Environment {
    /// An environment that is deployed directly.
    pub fn new(desired: Desired) -> Self {
        Self { desired, pipeline: None }
    }
}

impl Project {
    /// A project without environments.
    pub fn new(org: OrgName, name: ProjectName, manifest: Digest) -> Self {
        let (environments, pipelines, carried) = Default::default();
        Self { org, name, manifest, environments, pipelines, carried }
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
