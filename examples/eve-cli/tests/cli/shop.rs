//! A project in a folder of its own, and the program called in it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long a machine under load may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A project in a folder of its own, whose one service sleeps.
pub(crate) struct Shop {
    folder: tempfile::TempDir,
    /// How long the service sleeps: no other process has this argument.
    nap: String,
}

/// A call of the program that has ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A call of the program that goes on.
pub(crate) struct Held {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Shop {
    /// A project with one environment, `sandbox`.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let nanos = std::time::UNIX_EPOCH.elapsed().expect("the clock is past 1970").as_nanos();
        let shop = Self { folder, nap: format!("600.{}{nanos}", std::process::id()) };
        fs::create_dir_all(shop.path(".eve")).expect("folders can be made");
        shop.release("1");
        shop.manifest(&shop.text());
        shop
    }

    /// The manifest that it begins with.
    pub(crate) fn text(&self) -> String {
        format!(
            "schema: eve/compose/v2\nname: shop\nservices:\n  napper:\n    build: ./app\n    command: [sleep, \"{}\"]\nenvironments:\n  sandbox: {{}}\n",
            self.nap
        )
    }

    /// The same with a service that listens, answers from outside, and is known to the first one.
    pub(crate) fn text_with_server(&self) -> String {
        let server = format!(
            "    environment: {{ SERVER: '${{service.server.url}}' }}\n    depends_on: [server]\n  server:\n    build: ./app\n    command: [{}]\n    ports: [8080]\n    x-eve: {{ ingress: {{ public: true }} }}\n",
            responder().display()
        );
        self.text().replace("environments:\n", &format!("{server}environments:\n"))
    }

    /// The same with a job before the deploy that sleeps as long as the service does.
    pub(crate) fn text_with_napping_job(&self) -> String {
        let job = format!(
            "  nap:\n    build: ./app\n    command: [sleep, \"{}\"]\n    x-eve: {{ role: job }}\nenvironments:\n",
            self.nap
        );
        let pipeline = "  sandbox: { pipeline: ship }\npipelines:\n  ship:\n    steps:\n      - { name: build, action: { type: build } }\n      - { name: release, depends_on: [build], action: { type: release } }\n      - { name: nap, depends_on: [release], action: { type: job, service: nap } }\n      - { name: deploy, depends_on: [nap], action: { type: deploy } }\n";
        self.text().replace("environments:\n", &job).replace("  sandbox: {}\n", pipeline)
    }

    /// The same with a service that is ready once this file is there.
    pub(crate) fn text_with_gate(&self, file: &str) -> String {
        let health =
            format!("    healthcheck: {{ test: [CMD, ls, {file}], interval: 1s, retries: 1000 }}\nenvironments:\n");
        self.text().replace("environments:\n", &health)
    }

    /// Writes the manifest.
    pub(crate) fn manifest(&self, text: &str) {
        fs::write(self.path(".eve/manifest.yaml"), text).expect("the manifest can be written");
    }

    /// Changes what is built.
    pub(crate) fn release(&self, release: &str) {
        fs::create_dir_all(self.path("app")).expect("folders can be made");
        fs::write(self.path("app/release.txt"), release).expect("the file can be written");
    }

    /// A path of the project.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Calls the program to its end.
    pub(crate) fn eve(&self, args: &[&str]) -> Ended {
        self.eve_with(args, "", &[])
    }

    /// Calls the program to its end, with something to read and with variables.
    pub(crate) fn eve_with(&self, args: &[&str], input: &str, variables: &[(&str, &str)]) -> Ended {
        let mut command = self.command(args);
        command.envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("it was asked for");
        // A program that does not read its input may have closed it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("the program ends");
        Ended {
            code: output.status.code().expect("no signal ended it"),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Calls the program, which goes on.
    pub(crate) fn hold(&self, args: &[&str]) -> Held {
        Self::held(self.command(args))
    }

    /// The same where a terminal that goes away is to be ignored.
    pub(crate) fn hold_without_hangup(&self, args: &[&str]) -> Held {
        let mut command = Command::new("nohup");
        command.arg(env!("CARGO_BIN_EXE_eve"));
        Self::held(self.prepared(command, args))
    }

    /// The same with its result written to somewhere else.
    pub(crate) fn hold_writing_to(&self, stdout: impl Into<Stdio>, args: &[&str]) -> Held {
        let mut command = self.command(args);
        command.stdout(stdout);
        Self::held(command)
    }

    fn held(mut command: Command) -> Held {
        let mut child = command.stdin(Stdio::null()).spawn().expect("the program starts");
        let (tell, lines) = channel();
        let stdout = child.stdout.take().map(BufReader::new);
        let stderr = BufReader::new(child.stderr.take().expect("it was asked for"));
        let told = tell.clone();
        if let Some(stdout) = stdout {
            spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
        }
        spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Held { child, lines, seen: Vec::new() }
    }

    /// The processes of the service.
    pub(crate) fn nappers(&self) -> Vec<u32> {
        let processes = fs::read_dir("/proc").expect("there is a /proc").flatten();
        let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let ours = |pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).any(|word| word == self.nap.as_bytes())
        };
        numbers.filter(ours).collect()
    }

    /// The process number of the supervisor, where one runs.
    pub(crate) fn supervisor(&self) -> Option<u32> {
        eve::supervisor::holder(self.path(".eve/state")).expect("its lock can be read")
    }

    fn command(&self, args: &[&str]) -> Command {
        self.prepared(Command::new(env!("CARGO_BIN_EXE_eve")), args)
    }

    fn prepared(&self, mut command: Command, args: &[&str]) -> Command {
        command.args(args).current_dir(self.folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_remove("EVE_STATE_DIR").env("CI", "true");
        command
    }
}

impl Drop for Shop {
    /// Ends what still runs.
    fn drop(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        if let Err(error) = runtime.block_on(eve::supervisor::end(self.path(".eve/state"))) {
            eprintln!("the supervisor is not ended: {}", error.chain());
        }
    }
}

impl Ended {
    /// The last line of the result.
    pub(crate) fn last(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_else(|| panic!("no result; {}", self.stderr));
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// The last line of the result, which must have this exit code and outcome.
    pub(crate) fn expect(&self, code: i32, outcome: &str) -> Value {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        let last = self.last();
        assert_eq!(last["outcome"], outcome, "{last}");
        last
    }

    /// The failure's code, with this exit code.
    pub(crate) fn error(&self, code: i32) -> String {
        let last = self.expect(code, if code == 125 { "cancelled" } else { "failed" });
        let error = &last["error"];
        assert!(error["message"].is_string(), "{error}");
        error["code"].as_str().expect("an error has a code").to_owned()
    }
}

impl Held {
    /// Waits for a line with this text in it.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(error) => panic!("no {text:?} ({error}) among\n{}", self.seen.join("\n")),
            }
        }
    }

    /// The process number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// True once a signal does not end it any more.
    pub(crate) fn catches(&self, signal: Signal) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        caught.is_some_and(|mask| mask >> (signal.as_raw() - 1) & 1 == 1)
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("it has a number");
        kill_process(pid, signal).expect("it is there to be told");
    }

    /// Ends it without a warning, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is there to be killed");
        self.child.wait().expect("it can be waited for");
    }

    /// Waits for its end: the exit code.
    pub(crate) fn exit(&mut self) -> i32 {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait().expect("it can be waited for") {
                Some(status) => break status,
                None if Instant::now() > end => panic!("it does not end"),
                None => sleep(Duration::from_millis(50)),
            }
        };
        status.code().unwrap_or_else(|| panic!("a signal ended it: {status}"))
    }

    /// Waits for its end: the exit code and the last object of the result.
    pub(crate) fn end(&mut self) -> (i32, Value) {
        let code = self.exit();
        // Both readers end with the process, and the channel with them.
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.seen.push(line);
        }
        let result = self.seen.iter().rev().find_map(|line| {
            let value: Value = serde_json::from_str(line).ok()?;
            value.get("outcome").is_some().then_some(value)
        });
        (code, result.unwrap_or_else(|| panic!("no result among\n{}", self.seen.join("\n"))))
    }
}

impl Drop for Held {
    /// Where a test broke off: a polite end first, so that nothing is left of its services.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        self.signal(Signal::INT);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The example that answers requests; `cargo test` builds it beside this program.
fn responder() -> PathBuf {
    let here = std::env::current_exe().expect("this program has a path");
    let path = here.parent().and_then(Path::parent).map(|folder| folder.join("examples/responder")).unwrap_or_default();
    assert!(path.is_file(), "{} is missing: build the examples first", path.display());
    path
}

/// Waits until something holds.
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        sleep(Duration::from_millis(50));
    }
}
