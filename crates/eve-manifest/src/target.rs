//! For whom a manifest is resolved.

use std::collections::BTreeMap;

use eve_core::{AbsolutePath, EnvName, HostName, OrgName, ProjectName};

/// What a manifest does not say itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// The owner of the project.
    pub org: OrgName,
    /// The project's name. By default the manifest's own.
    pub project: Option<ProjectName>,
    /// What the project is called where neither this nor the manifest names it: the name of a folder, say.
    pub otherwise: Option<ProjectName>,
    /// The environment of a manifest that declares none. By default `local`. A manifest that declares
    /// environments has those and no other.
    pub environment: Option<EnvName>,
    /// The domain under which public hosts are made. By default `lvh.me`, which leads to this machine.
    pub domain: HostName,
    /// The project's folder on the host, for paths of the host that are written relative to it. By default
    /// none: such paths are problems then.
    pub folder: Option<AbsolutePath>,
    /// Variables for `${VAR}` in files without a schema. The language's own come first.
    pub variables: BTreeMap<String, String>,
}

impl Target {
    /// An owner's own project, on this machine.
    ///
    /// # Panics
    /// Never: the literal domain keeps the rule of host names.
    pub fn new(org: OrgName) -> Self {
        let domain = HostName::new("lvh.me").expect("a literal domain is a host name");
        Self {
            org,
            project: None,
            otherwise: None,
            environment: None,
            domain,
            folder: None,
            variables: BTreeMap::new(),
        }
    }

    /// Sets the project's name.
    pub fn with_project(mut self, project: ProjectName) -> Self {
        self.project = Some(project);
        self
    }

    /// Sets what the project is called where the manifest does not name it.
    pub fn with_project_otherwise(mut self, project: ProjectName) -> Self {
        self.otherwise = Some(project);
        self
    }

    /// Names the environment of a manifest that declares none.
    pub fn with_environment(mut self, environment: EnvName) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Sets the domain.
    pub fn with_domain(mut self, domain: HostName) -> Self {
        self.domain = domain;
        self
    }

    /// Names the project's folder on the host, best as it is without links.
    pub fn with_folder(mut self, folder: AbsolutePath) -> Self {
        self.folder = Some(folder);
        self
    }

    /// Sets a variable.
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }
}
