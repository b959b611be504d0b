//! Where a project is, and what it is called.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use eve::docker::DockerConfig;
use eve::k8s::K8sConfig;
use eve::manifest::{Limits, Loader as _, Lowered, Manifest, Shown, Target, Text, codes};
use eve::{AbsolutePath, EmbeddedConfig, EnvName, EnvironmentId, MAX_LABEL, OrgName, Policy, ProjectName, naming};

use crate::args::{Backend, Options};
use crate::failure::Failure;
use crate::file_loader::FileLoader;

/// The places that are looked at where no file is named.
const DEFAULTS: [&str; 2] = [".eve/manifest.yaml", "compose.yaml"];

/// Where a project is, and what it is called.
#[derive(Debug)]
pub(crate) struct Place {
    /// The manifest as it was named; none if none was and there is none.
    file: Option<PathBuf>,
    root: PathBuf,
    state: PathBuf,
    org: OrgName,
    project: Option<ProjectName>,
    ingress_port: u16,
    runtime: Backend,
    policy: Policy,
    exec: bool,
}

impl Place {
    /// Finds the manifest and what hangs on its place. Nothing is read yet.
    pub(crate) fn find(options: &Options) -> Result<Self, Failure> {
        let unknown = |source: std::io::Error| {
            Failure::new(1, eve::codes::BACKEND_IO, format!("the current folder cannot be told\n  caused by: {source}"))
        };
        let here = std::env::current_dir().map_err(unknown)?;
        let default = || DEFAULTS.iter().map(PathBuf::from).find(|path| path.is_file());
        let file = options.file.clone().or_else(default);
        let root = file.as_deref().map_or_else(|| here.clone(), |file| root_of(&here.join(file)));
        Ok(Self {
            state: options.state.clone().unwrap_or_else(|| root.join(".eve/state")),
            root,
            file,
            org: options.org.clone(),
            project: options.project.clone(),
            ingress_port: options.ingress_port,
            runtime: options.runtime,
            policy: options.allow.iter().cloned().collect(),
            exec: false,
        })
    }

    /// Says whether commands may be run in pods.
    pub(crate) fn with_exec(mut self, allowed: bool) -> Self {
        self.exec = allowed;
        self
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where everything is remembered.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// The owner.
    pub(crate) fn org(&self) -> &OrgName {
        &self.org
    }

    /// How an engine is opened here; `purpose` is what other processes are told. What runs finds the
    /// programs that this command line's user finds.
    pub(crate) fn config(&self, purpose: impl Into<String>) -> EmbeddedConfig {
        let mut config = EmbeddedConfig::new(&self.state).with_purpose(purpose).with_ingress_port(self.ingress_port);
        config = config.with_policy(self.policy.clone());
        config = match self.runtime {
            Backend::Process => config,
            Backend::Docker => config.with_docker(DockerConfig::from_env()),
            Backend::K8s => config.with_k8s(K8sConfig::new().with_exec(self.exec)),
        };
        match std::env::var_os("PATH") {
            Some(path) => config.with_path(path),
            None => config,
        }
    }

    /// The manifest, checked and resolved. The environment counts where the manifest declares none.
    pub(crate) fn lowered(&self, env: Option<&EnvName>) -> Result<Lowered, Failure> {
        let mut target = self.target();
        target.environment = env.cloned();
        target.otherwise = self.folder_name().ok();
        self.read(|text| Ok(Manifest::resolve(text, &Limits::default(), &target)?))
    }

    /// The manifest as it holds, for one environment if one is named.
    pub(crate) fn shown(&self, env: Option<&EnvName>) -> Result<Shown, Failure> {
        let mut target = self.target();
        target.environment = env.cloned();
        target.otherwise = self.folder_name().ok();
        self.read(|text| Ok(Manifest::show(text, &Limits::default(), &target, env)?))
    }

    /// The project's name: as asked for, as the manifest says, or the folder's.
    pub(crate) fn project(&self) -> Result<ProjectName, Failure> {
        match &self.project {
            Some(project) => Ok(project.clone()),
            None if self.file.is_none() => self.folder_name(),
            None => {
                match self.read(|text| Ok(Manifest::parse(text, &Limits::default())?.project_name(&self.target())?))? {
                    Some(name) => Ok(name),
                    None => self.folder_name(),
                }
            }
        }
    }

    /// An environment's address.
    pub(crate) fn environment(&self, env: &EnvName) -> Result<EnvironmentId, Failure> {
        Ok(EnvironmentId::new(self.org.clone(), self.project()?, env.clone()))
    }

    /// What a manifest does not say itself, as far as this command line does.
    fn target(&self) -> Target {
        let mut target = Target::new(self.org.clone());
        target.project.clone_from(&self.project);
        target.variables = variables();
        target.folder = self.root.to_str().and_then(|root| AbsolutePath::new(root).ok());
        target
    }

    /// Does something with the manifest's text. Of one that is too long no more is read than tells so.
    fn read<T>(&self, with: impl FnOnce(Text<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let exit = Failure::MANIFEST_EXIT;
        let Some(path) = &self.file else {
            let text = format!("there is no manifest in {}", self.root.display());
            let hint = format!("name one with --file, or write {}", DEFAULTS.join(" or "));
            return Err(Failure::new(exit, codes::NOT_FOUND, text).with_hint(hint));
        };
        let name = path.to_string_lossy();
        let bytes = FileLoader.load(&name, Limits::default().bytes);
        let bytes = bytes.map_err(|error| Failure { exit, ..Failure::from(error) })?;
        with(Text::of_bytes(&name, &bytes)?)
    }

    fn folder_name(&self) -> Result<ProjectName, Failure> {
        let name = self.root.file_name().unwrap_or_default().to_string_lossy();
        Ok(ProjectName::new(naming::label_within(&name, MAX_LABEL))?)
    }
}

/// The folder of a project by its manifest's path: what holds `.eve`, or else the file's folder.
fn root_of(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(file);
    let root = match folder.file_name() {
        Some(name) if name == ".eve" => folder.parent().unwrap_or(folder),
        _ => folder,
    };
    root.canonicalize().unwrap_or_else(|_| root.to_owned())
}

/// The variables of the caller's shell, for plain Compose files.
fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
