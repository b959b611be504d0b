//! Who starts a supervisor.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use eve_core::control::Message;
use eve_core::{Error, Result, codes};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{MODE_ARGUMENT, Readiness, mode};
use crate::lock::holder;
use crate::place::{Place, io_error};

/// Tells glibc to give the memory of large messages back, which it keeps for each thread otherwise;
/// other allocators do not read it.
const ALLOCATOR: [(&str, &str); 1] = [("MALLOC_MMAP_THRESHOLD_", "262144")];

/// How a supervisor is started: which program becomes it, and what it is told.
///
/// The program is run with the two arguments that [`mode`](crate::mode) knows, in `/`, with no file
/// open but its own and no variable but `MALLOC_MMAP_THRESHOLD_`, which keeps an idle supervisor
/// small: the settings come through its input, and its error output is the supervisor's log.
#[derive(Debug, Clone)]
pub struct Launcher {
    program: PathBuf,
    config: Message,
}

impl Launcher {
    /// Starts `program`, which calls [`mode`](crate::mode) and [`run`](crate::run), and tells it
    /// `config`.
    pub fn new(program: impl Into<PathBuf>, config: Message) -> Self {
        Self { program: program.into(), config }
    }

    /// The program that becomes the supervisor.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Starts a process and waits for what it says of itself.
    ///
    /// # Errors
    /// `supervisor.unavailable` if it cannot be started, ends without a word, or says nothing for
    /// `patience`. It is left alone only if it holds the state directory by then: it may still become
    /// ready. The same if this process was itself started to be one: it would start itself for ever.
    pub(crate) async fn launch(&self, place: &Place, patience: Duration) -> Result<Readiness> {
        if mode(std::env::args_os()).is_some() {
            let text = "this program was started as the supervisor and did not call the supervisor hook";
            return Err(Error::unavailable(codes::SUPERVISOR_UNAVAILABLE, text)
                .with_hint("call the hook first in main, or name another program as the supervisor"));
        }
        place.make()?;
        let path = place.log();
        let log = Place::open(&path, OpenOptions::new().create(true).read(true).append(true))?;
        let mut log = Log { before: log.metadata().map_err(|e| io_error("read", &path, e))?.len(), file: log };
        let program = std::path::absolute(&self.program).map_err(|e| self.cannot_start(e))?;
        let mut command = Command::new(program);
        command.arg(MODE_ARGUMENT).arg(place.dir()).env_clear().envs(ALLOCATOR).current_dir("/");
        let error_output = log.file.try_clone().map_err(|e| io_error("open", &path, e))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(error_output);
        let mut child = spawn(&mut command).await.map_err(|e| self.cannot_start(e))?;
        drop(command);
        let pid = child.id().unwrap_or_default();
        let heard = timeout(patience, self.talk(&mut child)).await;
        let is_slow = heard.is_err() && holder(place.dir()).ok().flatten() == Some(pid);
        let outcome = match heard {
            Ok(Some(readiness)) => Ok(readiness),
            _ if is_slow => Err(unready(format!("process {pid} holds the state directory and is not ready yet"))),
            Ok(None) => Err(unready("the supervisor ended before it was ready")
                .with_source(LastWords { ended: end(&mut child).await, log: log.tail() })),
            Err(_) => Err(unready(format!("{} did not become the supervisor in time", self.program.display()))
                .with_source(LastWords { ended: end(&mut child).await, log: log.tail() })),
        };
        // Nobody waits for it but this task, and an engine may live long.
        tokio::spawn(async move { child.wait().await });
        outcome.map_err(|error| error.with_hint(format!("see {}", path.display())))
    }

    /// Tells the settings and hears the one line; none if the process ends without one or says
    /// something else.
    async fn talk(&self, child: &mut Child) -> Option<Readiness> {
        const LINE: u64 = 1 << 20;
        let (mut input, output) = (child.stdin.take()?, child.stdout.take()?);
        let mut line = Zeroizing::new(String::with_capacity(self.config.expose().len() + 1));
        // A line feed in JSON text stands between its tokens only.
        line.extend(self.config.expose().chars().map(|c| if c == '\n' { ' ' } else { c }));
        line.push('\n');
        // A process that does not want to hear it says why, or dies.
        let _ = input.write_all(line.as_bytes()).await;
        drop(input);
        let mut said = String::new();
        BufReader::new(output.take(LINE)).read_line(&mut said).await.ok()?;
        serde_json::from_str(said.strip_suffix('\n')?).ok()
    }

    fn cannot_start(&self, error: io::Error) -> Error {
        let text = format!("{} cannot be started as the supervisor", self.program.display());
        Error::unavailable(codes::SUPERVISOR_UNAVAILABLE, text)
            .with_hint("give the full path of a program that calls the supervisor hook first")
            .with_source(error)
    }
}

/// Starts a command without any file of this process but the three that it is given. What a library
/// or this process's own parent opened without the close-on-exec flag gets it here.
///
/// While another thread is between fork and exec, it holds a copy of every file that this process
/// has open; a program that was just written is busy for that moment.
async fn spawn(command: &mut Command) -> io::Result<Child> {
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

/// Waits for a process that has no business any more, and ends it if it goes on.
async fn end(child: &mut Child) -> Option<ExitStatus> {
    const PATIENCE: Duration = Duration::from_secs(1);
    if let Ok(ended) = timeout(PATIENCE, child.wait()).await {
        return ended.ok();
    }
    let _ = child.start_kill();
    child.wait().await.ok()
}

fn unready(text: impl Into<String>) -> Error {
    Error::unavailable(codes::SUPERVISOR_UNAVAILABLE, text)
}

/// The supervisor's log.
struct Log {
    file: File,
    /// How long it was before the process was started.
    before: u64,
}

impl Log {
    /// The last of what the process wrote. It empties the log when it holds the state directory.
    fn tail(&mut self) -> String {
        const MOST: u64 = 2048;
        let mut read = || -> io::Result<Vec<u8>> {
            let end = self.file.metadata()?.len();
            let begin = if end < self.before { 0 } else { self.before };
            self.file.seek(SeekFrom::Start(begin.max(end.saturating_sub(MOST))))?;
            let mut bytes = Vec::new();
            io::Read::take(&mut self.file, MOST).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        String::from_utf8_lossy(&read().unwrap_or_default()).trim().to_owned()
    }
}

/// How a process ended that said nothing.
#[derive(Debug)]
struct LastWords {
    ended: Option<ExitStatus>,
    log: String,
}

impl fmt::Display for LastWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ended {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("nobody saw how it ended")?,
        }
        if self.log.is_empty() { f.write_str(", and its log is empty") } else { write!(f, "; its log: {}", self.log) }
    }
}

impl std::error::Error for LastWords {}
