//! Running a command inside a container.

use bollard::exec::StartExecResults;
use bollard::models::ExecConfig;
use eve_core::Result;
use futures_util::StreamExt as _;

use super::daemon::Daemon;
use super::failure::failure;

/// How a command inside a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    /// Its exit code; none if the engine does not tell.
    pub(crate) code: Option<i64>,
    /// The beginning of what it wrote.
    pub(crate) output: String,
}

/// How much of a command's output is kept.
const KEPT: usize = 1024;

impl Daemon {
    /// Runs a command inside a container that runs, to its end. Dropping the future stops waiting: the
    /// engine has no way to end the command.
    pub(crate) async fn exec(&self, container: &str, argv: &[String]) -> Result<Ran> {
        let what = || format!("a command cannot be run in container {container}");
        let config = ExecConfig {
            cmd: Some(argv.to_vec()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..ExecConfig::default()
        };
        let docker = self.docker()?;
        let made = docker.create_exec(container, config).await.map_err(|cause| failure(what(), cause))?;
        let begun = docker.start_exec(&made.id, None).await.map_err(|cause| failure(what(), cause))?;
        let mut kept: Vec<u8> = Vec::new();
        if let StartExecResults::Attached { mut output, .. } = begun {
            while let Some(piece) = output.next().await {
                let piece = piece.map_err(|cause| failure(what(), cause))?;
                let room = KEPT.saturating_sub(kept.len());
                kept.extend(piece.as_ref().iter().take(room));
            }
        }
        let told = docker.inspect_exec(&made.id).await.map_err(|cause| failure(what(), cause))?;
        Ok(Ran { code: told.exit_code, output: String::from_utf8_lossy(&kept).trim_end().to_owned() })
    }
}
