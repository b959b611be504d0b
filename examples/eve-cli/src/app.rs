//! One call of the program.

use std::process::ExitCode;

use eve::Reader;

use crate::args::{Command, EnvCommand, Format, JobCommand, ManifestCommand, Options, SecretCommand};
use crate::commands;
use crate::failure::{Failure, USAGE};
use crate::place::Place;
use crate::writing::{Answer, Output};

/// One call of the program: what holds for its command.
#[derive(Debug)]
pub(crate) struct App {
    options: Options,
    pub(crate) output: Output,
}

impl App {
    pub(crate) fn new(options: Options) -> Self {
        let output = Output::new(options.output);
        Self { options, output }
    }

    /// Runs a command to its exit code.
    pub(crate) async fn run(mut self, command: Command) -> ExitCode {
        let output = self.output;
        let exit = match self.dispatch(command).await {
            Ok(answer) => output.answer(answer),
            Err(failure) => output.failure(&failure),
        };
        ExitCode::from(exit)
    }

    async fn dispatch(&mut self, command: Command) -> Result<Answer, Failure> {
        match command {
            Command::Manifest(ManifestCommand::Validate { path }) => {
                if path.is_some() {
                    self.options.file = path;
                }
                commands::manifest::validate(self)
            }
            Command::Manifest(ManifestCommand::Schema) => Ok(commands::manifest::schema()),
            Command::Manifest(ManifestCommand::Support) => commands::support::support(self.options.runtime),
            Command::Manifest(ManifestCommand::Show { path, env }) => {
                if path.is_some() {
                    self.options.file = path;
                }
                commands::manifest::show(self, env.as_ref())
            }
            Command::Manifest(ManifestCommand::Explain { what }) => commands::manifest::explain(&what),
            Command::Plan { env } => commands::plan::plan(self, &env).await,
            Command::Env(EnvCommand::Deploy { env, foreground, approved }) => {
                commands::deploy::deploy(self, env, approved, foreground).await
            }
            Command::Env(EnvCommand::Rollback { env, to, foreground }) => {
                commands::rollback::rollback(self, &env, to, foreground).await
            }
            Command::Env(EnvCommand::Delete { env, yes }) => commands::delete::delete(self, &env, yes).await,
            Command::Env(EnvCommand::Health { env }) => commands::health::health(self, &env).await,
            Command::Env(EnvCommand::Diagnose { env }) => commands::diagnose::diagnose(self, &env).await,
            Command::Env(EnvCommand::Logs(args)) => commands::logs::logs(self, &args).await,
            Command::Env(EnvCommand::Exec(args)) => commands::exec::exec(self, args).await,
            Command::Diagnose(args) => commands::namespaces::diagnose(self.options.runtime, &args).await,
            Command::Render { env } => commands::render::render(self, self.options.runtime, &env).await,
            Command::Rbac { allow_exec } => commands::render::rbac(self.options.runtime, allow_exec),
            Command::Cleanup { dry_run } => commands::cleanup::cleanup(self, dry_run).await,
            Command::Job(JobCommand::List { env }) => commands::job::list(self, env).await,
            Command::Job(JobCommand::Logs { attempt }) => commands::job::logs(self, &attempt).await,
            Command::Secret(SecretCommand::Set { name, from_env, place }) => {
                commands::secret::set(self, &name, from_env, &place).await
            }
            Command::Secret(SecretCommand::List { place }) => commands::secret::list(self, &place).await,
            Command::Secret(SecretCommand::Delete { name, place }) => {
                commands::secret::delete(self, &name, &place).await
            }
        }
    }

    /// Where the project is.
    pub(crate) fn place(&self) -> Result<Place, Failure> {
        Place::find(&self.options)
    }

    /// Opens the state for reading, beside whoever holds it.
    pub(crate) async fn reader(&self, place: &Place) -> Result<Reader, Failure> {
        Ok(Reader::open(place.config("eve")).await?)
    }
}

/// Reports a command line that the parser does not take. Help and versions are asked for: they go
/// to standard output and are no failure.
pub(crate) fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Nobody reads any more where this fails.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if !asks_for_json() {
        let _ = error.print();
        return ExitCode::from(Failure::USAGE_EXIT);
    }
    let text = error.to_string();
    let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let failure = Failure::new(Failure::USAGE_EXIT, USAGE, message).with_hint("see eve --help");
    ExitCode::from(Output::new(Format::Json).failure(&failure))
}

/// True if the arguments that could not be read ask for JSON all the same.
fn asks_for_json() -> bool {
    let args: Vec<_> = std::env::args_os().collect();
    args.iter().any(|arg| arg == "--output=json" || arg == "-ojson" || arg == "-o=json")
        || args.windows(2).any(|pair| (pair[0] == "-o" || pair[0] == "--output") && pair[1] == "json")
}
