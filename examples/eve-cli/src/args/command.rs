//! The commands.

use clap::{Args, Subcommand};
use eve::{Digest, EnvName, ReleaseId, SecretName, ServiceName};

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check manifests
    #[command(subcommand)]
    Manifest(ManifestCommand),
    /// Show what a deploy would do; exits with 2 if that is anything
    Plan {
        /// The environment
        env: EnvName,
    },
    /// Deploy, look at and end environments
    #[command(subcommand)]
    Env(EnvCommand),
    /// Say what is wrong in namespaces of a cluster, whoever made them; exits with 1 if somebody has to act
    Diagnose(DiagnoseArgs),
    /// Print the objects that an environment becomes on a cluster, without secrets and files
    Render {
        /// The environment
        env: EnvName,
    },
    /// Print the least role that lets Eve hold environments on a cluster
    Rbac {
        /// With the right to run commands in pods
        #[arg(long)]
        allow_exec: bool,
    },
    /// Remove artifacts that no environment needs any more
    Cleanup {
        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,
    },
    /// Look at jobs
    #[command(subcommand)]
    Job(JobCommand),
    /// Keep the secrets that deploys need
    #[command(subcommand)]
    Secret(SecretCommand),
}

impl Command {
    /// True if services are held in this process.
    pub(crate) fn holds_services(&self) -> bool {
        let Self::Env(command) = self else { return false };
        matches!(command, EnvCommand::Deploy { foreground: true, .. } | EnvCommand::Rollback { foreground: true, .. })
    }
}

/// Which namespaces are looked at, and of which cluster.
#[derive(Debug, Args)]
pub(crate) struct DiagnoseArgs {
    /// A namespace; may be given several times
    #[arg(short, long = "namespace", value_name = "NAMESPACE", required = true)]
    pub(crate) namespaces: Vec<String>,
    /// Where the cluster is and who asks [default: KUBECONFIG, then ~/.kube/config, then the cluster around this process]
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<std::path::PathBuf>,
    /// The context of that file [default: its current one]
    #[arg(long, value_name = "CONTEXT")]
    pub(crate) context: Option<String>,
    /// What is expected to be there (service/web, deployment/web): its absence is told
    #[arg(value_name = "KIND/NAME", value_parser = asked)]
    pub(crate) asked: Vec<eve::k8s::Asked>,
}

/// What is done with a manifest.
#[derive(Debug, Subcommand)]
pub(crate) enum ManifestCommand {
    /// Report every problem of a manifest, each at its place
    Validate {
        /// The manifest, in place of --file
        #[arg(value_name = "FILE")]
        path: Option<std::path::PathBuf>,
    },
    /// Print the language as JSON Schema, for editors
    Schema,
    /// Say what the runtime of --runtime makes of every key that can be asked for
    Support,
    /// Show a manifest as it holds, each value with its origin; variables of the caller are filled in, secrets never
    Show {
        /// The manifest, in place of --file
        #[arg(value_name = "FILE")]
        path: Option<std::path::PathBuf>,
        /// For this environment, with its overrides [default: for none]
        #[arg(long, value_name = "ENV")]
        env: Option<EnvName>,
    },
    /// Say what a code means that was printed, or a key of the language
    Explain {
        /// The code, as it was printed, or a key: services.*.x-eve.ingress.port, x-eve.ingress
        #[arg(value_name = "CODE|KEY")]
        what: String,
    },
}

/// What is done with an environment.
#[derive(Debug, Subcommand)]
pub(crate) enum EnvCommand {
    /// Bring an environment to the manifest's state; it runs on until it is deleted
    Deploy {
        /// The environment
        env: EnvName,
        /// Hold it in this process until Ctrl-C, and leave nothing running
        #[arg(long)]
        foreground: bool,
        /// Do what this plan says, as `plan` printed its digest, or nothing
        #[arg(long, value_name = "DIGEST")]
        approved: Option<Digest>,
    },
    /// Say how an environment is
    Health {
        /// The environment
        env: EnvName,
    },
    /// Say what is wrong with an environment, and how that is known
    Diagnose {
        /// The environment
        env: EnvName,
    },
    /// Return to a release that was healthy in this environment
    Rollback {
        /// The environment
        env: EnvName,
        /// The release [default: the last healthy one before the current]
        #[arg(long, value_name = "RELEASE", value_parser = release)]
        to: Option<ReleaseId>,
        /// Hold it in this process until Ctrl-C, and leave nothing running
        #[arg(long)]
        foreground: bool,
    },
    /// Show what services wrote
    Logs(LogsArgs),
    /// Run a command in an instance of a service; exits as the command does
    Exec(ExecArgs),
    /// End an environment; its history stays
    Delete {
        /// The environment
        env: EnvName,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

/// Which lines are shown.
#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// The environment
    pub(crate) env: EnvName,
    /// The services [default: all]
    pub(crate) services: Vec<ServiceName>,
    /// Wait for more until Ctrl-C
    #[arg(long)]
    pub(crate) follow: bool,
    /// Only the last lines of each instance
    #[arg(long, value_name = "LINES")]
    pub(crate) tail: Option<usize>,
}

/// Which command is run, and where.
#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    /// The environment
    pub(crate) env: EnvName,
    /// The service
    pub(crate) service: ServiceName,
    /// Let commands be run in pods of a cluster: whoever asks needs a right for that
    #[arg(long)]
    pub(crate) allow_exec: bool,
    /// Hand standard input on to the command
    #[arg(short = 'i', long)]
    pub(crate) stdin: bool,
    /// How long it may take
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub(crate) timeout: u64,
    /// The command, after `--`; no shell reads it
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) argv: Vec<String>,
}

/// What is done with jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// List attempts at jobs, the oldest first
    List {
        /// The environment [default: all of the project]
        env: Option<EnvName>,
    },
    /// Show what an attempt wrote
    Logs {
        /// The attempt, as `job list` names it
        attempt: String,
    },
}

/// What is done with secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Store a secret; its text is read from standard input
    Set {
        /// The secret
        name: SecretName,
        /// Read the text from this environment variable instead
        #[arg(long, value_name = "VAR")]
        from_env: Option<String>,
        #[command(flatten)]
        place: SecretPlace,
    },
    /// List names and versions
    List {
        #[command(flatten)]
        place: SecretPlace,
    },
    /// Remove a secret
    Delete {
        /// The secret
        name: SecretName,
        #[command(flatten)]
        place: SecretPlace,
    },
}

/// For whom a secret holds.
#[derive(Debug, Args)]
pub(crate) struct SecretPlace {
    /// For this environment only [default: for the whole project]
    #[arg(long, value_name = "ENV")]
    pub(crate) env: Option<EnvName>,
}

fn asked(text: &str) -> Result<eve::k8s::Asked, &'static str> {
    eve::k8s::Asked::parse(text).ok_or("it is written KIND/NAME, and the kind is one of service, deployment, statefulset, daemonset, job, cronjob, pod and ingress")
}

fn release(text: &str) -> eve::Result<ReleaseId> {
    ReleaseId::new(text)
}
