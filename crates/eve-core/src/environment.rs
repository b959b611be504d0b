//! The address of an environment.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{EnvName, Error, OrgName, ProjectName, Result, codes};

/// `org/project/env`: what a deploy changes, and what a lease protects.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EnvironmentId {
    /// The owner of the project.
    pub org: OrgName,
    /// The project.
    pub project: ProjectName,
    /// The environment within the project.
    pub env: EnvName,
}

impl EnvironmentId {
    /// An environment's address from its three names.
    pub fn new(org: OrgName, project: ProjectName, env: EnvName) -> Self {
        Self { org, project, env }
    }

    /// Reads `org/project/env`.
    ///
    /// # Errors
    /// `name.invalid` if there are not three parts or one breaks its rule.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parts = text.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(org), Some(project), Some(env), None) => {
                Ok(Self::new(OrgName::new(org)?, ProjectName::new(project)?, EnvName::new(env)?))
            }
            _ => Err(Error::invalid(codes::NAME_INVALID, format!("{text:?} is not an environment's address"))
                .with_hint("write org/project/env")),
        }
    }
}

impl fmt::Display for EnvironmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.org, self.project, self.env)
    }
}

impl fmt::Debug for EnvironmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
