//! What can be written on the command line.

mod command;
mod options;

use clap::Parser;

pub(crate) use command::{
    Command, DiagnoseArgs, EnvCommand, ExecArgs, JobCommand, LogsArgs, ManifestCommand, SecretCommand, SecretPlace,
};
pub(crate) use options::{Backend, Format, Options};

/// Turns a compose-like manifest into running environments, and says exactly why when something fails.
#[derive(Debug, Parser)]
#[command(name = "eve", version, propagate_version = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Args;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Args::command().debug_assert();
    }
}
