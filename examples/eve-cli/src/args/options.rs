//! What holds for every command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use eve::policy::Allowance;
use eve::{OrgName, ProjectName};

/// What holds for every command.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The manifest [default: .eve/manifest.yaml, then compose.yaml]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Where everything is remembered [default: .eve/state beside the manifest]
    #[arg(long, global = true, value_name = "DIR", env = "EVE_STATE_DIR")]
    pub(crate) state: Option<PathBuf>,
    /// The owner of the project
    #[arg(long, global = true, value_name = "ORG", default_value = "local")]
    pub(crate) org: OrgName,
    /// The project [default: the manifest's name, then the folder's]
    #[arg(long, global = true, value_name = "PROJECT")]
    pub(crate) project: Option<ProjectName>,
    /// How results are written to standard output
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
    /// What services run on
    #[arg(long, global = true, value_enum, default_value_t = Backend::Process)]
    pub(crate) runtime: Backend,
    /// Let manifests ask this of the host; may be given several times: bind=/path (to be read), bind=/path:rw,
    /// engine-socket, privileged, namespace=NAME, capability=NAME, device=/path, unconfined=NAME
    #[arg(long, global = true, value_name = "WHAT")]
    pub(crate) allow: Vec<Allowance>,
    /// The port of the ingress on 127.0.0.1; 0 lets the system choose
    #[arg(long, global = true, value_name = "PORT", default_value_t = 0)]
    pub(crate) ingress_port: u16,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON object a line; the last one has the outcome.
    Json,
}

/// What services run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// Processes of this machine.
    Process,
    /// Containers of the Docker Engine that `DOCKER_HOST` names, or of the system's own.
    Docker,
    /// Pods of the cluster that the kubeconfig names.
    K8s,
}
