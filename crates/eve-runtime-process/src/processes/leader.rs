//! The process that leads a child's group.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use eve_core::{ByteSize, Exit};
use rustix::process::Pid;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::adopted::Adopted;
use super::group::Group;
use super::identity::{Identity, VARIABLE};
use super::outlet::Outlet;
use super::program;
use super::{ChildSpec, Environment};
use crate::logs::{Capture, Log, Pipe};

/// A running process that leads a group of its own.
#[derive(Debug)]
pub(super) struct Leader {
    process: Process,
    captures: JoinSet<()>,
    pub(super) group: Group,
    /// None where the system cannot tell one process from a later one of the same number.
    pub(super) identity: Option<Identity>,
}

#[derive(Debug)]
enum Process {
    /// Started here: its exit can be seen.
    Own(Child),
    /// Started by a former holder: only its end can be seen.
    Adopted(Adopted),
}

impl Leader {
    /// How long lines may still come after the last process of the group is gone.
    const DRAIN: Duration = Duration::from_secs(2);

    /// Starts the process of a spec.
    ///
    /// # Errors
    /// Why it cannot be started.
    pub(super) async fn start(spec: &ChildSpec, folder: &Path, marker: &str, log: &Arc<Log>) -> Result<Self, String> {
        let mut command = command(&spec.argv, &spec.environment, directory(spec, folder).as_ref(), folder, marker)?;
        let outlet = |pipe| Outlet::make(folder, pipe).map_err(|e| format!("its output cannot be read: {e}"));
        let (out, err) = (outlet(Pipe::Out)?, outlet(Pipe::Err)?);
        command.stdout(out.write).stderr(err.write);
        let child = spawn(&mut command).await.map_err(|e| format!("{} cannot be run: {e}", spec.argv[0]))?;
        // Our copies of its ends: the output ends when nobody else has one.
        drop(command);
        let pid = pid_of(&child).ok_or("it was gone before it could be looked at")?;
        if let Some(memory) = spec.memory {
            limit_memory(pid, memory);
        }
        let mut captures = JoinSet::new();
        let secrets = spec.environment.secrets();
        let sources = [(Pipe::Out, out.read), (Pipe::Err, err.read)];
        let sources = sources.map(|(pipe, read)| (Capture::new(log, pipe, &secrets), read));
        captures.spawn(Capture::run(sources.into()));
        let group = Group::new(pid, marker);
        let identity = group.identity();
        Ok(Self { process: Process::Own(child), captures, group, identity })
    }

    /// Takes over a process of a former holder; none if it is gone. Without a log, what it writes is
    /// read and thrown away.
    pub(super) fn adopt(identity: Identity, spec: &ChildSpec, folder: &Path, log: Option<&Arc<Log>>) -> Option<Self> {
        let group = Group::new(identity.pid()?, identity.marker.clone());
        let adopted = Adopted::new(&identity)?;
        let mut captures = JoinSet::new();
        let secrets = spec.environment.secrets();
        let mut sources = Vec::new();
        for pipe in [Pipe::Out, Pipe::Err] {
            let mut read = match Outlet::reader(folder, pipe) {
                Ok(read) => read,
                Err(error) => {
                    tracing::warn!(child = %spec.id, %error, "output of a child cannot be read on");
                    continue;
                }
            };
            if let Some(log) = log {
                sources.push((Capture::resumed(log, pipe, &secrets), read));
            } else {
                captures.spawn(async move { drop(tokio::io::copy(&mut read, &mut tokio::io::sink()).await) });
            }
        }
        captures.spawn(Capture::run(sources));
        Some(Self { process: Process::Adopted(adopted), captures, group, identity: Some(identity) })
    }

    /// Waits for the process itself. Can be called again after it was dropped.
    pub(super) async fn ended(&mut self) -> Exit {
        match &mut self.process {
            Process::Own(child) => child.wait().await.map_or(Exit::Lost, exit_of),
            Process::Adopted(adopted) => {
                adopted.ended().await;
                Exit::Lost
            }
        }
    }

    /// Ends the whole group: asked first, killed when `grace` is over.
    pub(super) async fn end(&mut self, grace: Duration) -> Exit {
        self.group.terminate();
        let all_ended = async {
            let exit = self.ended().await;
            self.group.emptied().await;
            exit
        };
        if let Ok(exit) = tokio::time::timeout(grace, all_ended).await {
            return exit;
        }
        self.group.kill_all().await;
        self.ended().await
    }

    /// Ends what the process left behind, and waits for its last lines.
    pub(super) async fn clean_up(&mut self) {
        self.group.killed().await;
        let captures = &mut self.captures;
        let drained = async { while captures.join_next().await.is_some() {} };
        if tokio::time::timeout(Self::DRAIN, drained).await.is_err() {
            // Somebody without our marker holds the other end; their lines are not this child's.
            self.captures.abort_all();
        }
    }
}

/// A command in a child's environment, in a group of its own, without input.
///
/// # Errors
/// Why there is no such program.
pub(super) fn command(
    argv: &[String],
    environment: &Environment,
    directory: &Path,
    folder: &Path,
    marker: &str,
) -> Result<Command, String> {
    let (word, arguments) = argv.split_first().ok_or("the command line is empty")?;
    if !directory.is_dir() {
        return Err(format!("its folder {} does not exist", directory.display()));
    }
    let program = program::find(word, directory, environment.search_path())?;
    let mut command = Command::new(program);
    command
        .arg0(word)
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", environment.search_path())
        .env("HOME", folder.join("home"))
        .env("TMPDIR", folder.join("tmp"))
        .env("LANG", "C.UTF-8")
        .envs(environment.variables().map(|(name, value)| (name, value.expose())))
        .env(VARIABLE, marker)
        .stdin(Stdio::null())
        .process_group(0);
    Ok(command)
}

/// Starts a command, without any descriptor of this process but the three that it is given. What a
/// library or this process's own parent opened without the close-on-exec flag gets it here.
///
/// While another thread is between fork and exec, it holds a copy of every file
/// that this process has open; a program that was just written is busy for that moment.
pub(super) async fn spawn(command: &mut Command) -> io::Result<Child> {
    const FIRST: i32 = 3;
    const TRIES: u32 = 50;
    let mut tries = 0;
    loop {
        close_fds::set_fds_cloexec_threadsafe(FIRST, &[]);
        match command.spawn() {
            Err(e) if e.kind() == io::ErrorKind::ExecutableFileBusy && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            done => return done,
        }
    }
}

pub(super) fn pid_of(child: &Child) -> Option<Pid> {
    child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw)
}

/// The folder that a child starts in.
pub(super) fn directory<'a>(spec: &'a ChildSpec, folder: &Path) -> std::borrow::Cow<'a, Path> {
    spec.directory.as_deref().map_or_else(|| folder.join("work").into(), Into::into)
}

fn exit_of(status: ExitStatus) -> Exit {
    status.code().map(Exit::Code).or(status.signal().map(Exit::Signal)).unwrap_or(Exit::Lost)
}

/// Limits the memory that the process, and each that it starts from now on, may allocate for itself
/// (`RLIMIT_DATA`). The whole address space is not limited: many runtimes reserve far more of it
/// than they ever use.
#[cfg(target_os = "linux")]
fn limit_memory(pid: Pid, memory: ByteSize) {
    use rustix::process::{Resource, Rlimit, prlimit};

    let most = Some(memory.as_bytes());
    if let Err(error) = prlimit(Some(pid), Resource::Data, Rlimit { current: most, maximum: most }) {
        tracing::warn!(pid = pid.as_raw_pid(), %error, "memory of a process cannot be limited");
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_: Pid, _: ByteSize) {}
