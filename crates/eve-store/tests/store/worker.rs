//! Another process that has a state directory open, and does what it is told.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use eve_core::{Fence, Fenced, Journal as _, Result, Secret, SecretName, SecretScope, SecretStore as _};
use eve_store::{SqliteJournal, StateDir};
use rustix::process::{Pid, Signal, kill_process};

use crate::scratch::{self, PATIENCE, Scratch, holder, lease, record, stream};

/// Where the state of a worker is: a process of this test program with it in its environment is one.
const DIR: &str = "EVE_STORE_WORKER_DIR";

/// The test that such a process runs.
const TEST: &str = "worker::a_worker_is_a_process_of_its_own";

/// What begins an answer, between the lines of the test harness.
const ANSWER: &str = "> ";

/// Another process. It is killed when this is dropped.
pub(crate) struct Worker {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

impl Worker {
    /// Starts a process that waits for `open`.
    pub(crate) fn start(dir: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([TEST, "--exact", "--nocapture"])
            .env(DIR, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(std::io::Result::ok) {
                if let Some(answer) = line.strip_prefix(ANSWER) {
                    let _ = sender.send(answer.to_owned());
                }
            }
        });
        let worker = Self { child, input, answers };
        assert_eq!(worker.answer(), "started");
        worker
    }

    /// Starts a process that has the state open.
    pub(crate) fn open(dir: &Path) -> Self {
        let mut worker = Self::start(dir);
        assert_eq!(worker.ask("open"), "open");
        worker
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it something.
    pub(crate) fn tell(&mut self, command: &str) {
        writeln!(self.input, "{command}").unwrap();
    }

    /// What it says next.
    pub(crate) fn answer(&self) -> String {
        self.answers.recv_timeout(PATIENCE).expect("the worker answers in time")
    }

    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.answer()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Kills it, and gives what it said before.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.answers.iter().collect()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_is_a_process_of_its_own() {
    if let Some(dir) = env::var_os(DIR) {
        work(dir.as_ref()).await;
        std::process::exit(0);
    }
    let scratch = Scratch::new();
    let mut worker = Worker::open(scratch.path());
    assert_ne!(worker.pid(), std::process::id());
    assert_eq!(worker.ask("append s 0 0 x"), "1");
    assert_eq!(worker.ask("append s 0 0 x"), "journal.conflict");
    assert_eq!(scratch.open().await.journal().read(&stream("s"), 0, 9).await.unwrap().len(), 1);
}

/// Does what the lines of the input say until they end.
async fn work(dir: &Path) {
    say("started");
    let mut state = None;
    let stop = Arc::new(AtomicBool::new(false));
    let mut flooding = None;
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<_> = line.split(' ').collect();
        let answer = match (&*words, &state) {
            (["open"], _) => match StateDir::open(dir, "a worker", scratch::env()).await {
                Ok(opened) => {
                    state = Some(opened);
                    "open".to_owned()
                }
                Err(error) => error.chain(),
            },
            (["visit", name, count], _) => visit(dir, name, count.parse().unwrap()).await,
            (["flood", text], Some(state)) => {
                flooding = Some(tokio::spawn(flood(state.journal(), (*text).to_owned(), stop.clone())));
                continue;
            }
            (["stop"], _) => {
                stop.store(true, Ordering::Relaxed);
                flooding.take().expect("it floods").await.unwrap();
                "stopped".to_owned()
            }
            (words, Some(state)) => obey(state, words).await.unwrap_or_else(|error| error.code().as_str().to_owned()),
            (words, None) => panic!("nothing is open for {words:?}"),
        };
        say(&answer);
    }
}

fn say(answer: &str) {
    println!("{ANSWER}{answer}");
}

async fn obey(state: &StateDir, words: &[&str]) -> Result<String> {
    let number = |text: &str| text.parse::<u64>().unwrap();
    match words {
        ["acquire", who, millis] => {
            let ttl = Duration::from_millis(number(millis));
            let held = state.journal().acquire(&lease(), &holder(who), ttl).await?;
            Ok(held.fence.to_string())
        }
        ["append", name, expected, fence, text] => {
            let fence = match number(fence) {
                0 => None,
                fence => Some(Fenced { lease: lease(), fence: Fence::new(fence) }),
            };
            let records = vec![record(text)];
            Ok(state.journal().append(&stream(name), number(expected), fence.as_ref(), records).await?.to_string())
        }
        ["put", prefix, count] => {
            let mut last = String::new();
            for i in 0..number(count) {
                let name = SecretName::new(format!("{prefix}_{i}"))?;
                last = state.secrets().put(&SecretScope::System, &name, Secret::new("x")).await?.to_string();
            }
            Ok(last)
        }
        _ => panic!("it does not know {words:?}"),
    }
}

/// Opens the state to append an entry, closes it, and looks at it as a reader, again and again.
async fn visit(dir: &Path, name: &str, count: u64) -> String {
    for expected in 0..count {
        let visited = async {
            let state = StateDir::open(dir, "a visitor", scratch::env()).await?;
            state.journal().append(&stream(name), expected, None, vec![record("x")]).await?;
            state.close().await;
            let reader = StateDir::open_read_only(dir, scratch::env()).await?;
            let entries = reader.journal().read(&stream(name), 0, usize::MAX).await?;
            reader.close().await;
            Ok::<_, eve_core::Error>(entries.len() as u64)
        };
        match visited.await {
            Ok(entries) if entries == expected + 1 => {}
            Ok(entries) => return format!("{entries} entries instead of {}", expected + 1),
            Err(error) => return error.chain(),
        }
    }
    "visited".to_owned()
}

/// Appends to the stream `s` until it is to stop, and says what was accepted.
async fn flood(journal: Arc<SqliteJournal>, text: String, stop: Arc<AtomicBool>) {
    let mut last = 0;
    for number in 0.. {
        let text = format!("{text}-{number}");
        last = loop {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            if let Ok(last) = journal.append(&stream("s"), last, None, vec![record(&text)]).await {
                break last;
            }
            last = journal.streams("s").await.unwrap().first().map_or(0, |(_, last)| *last);
        };
        say(&format!("{last} {text}"));
    }
}
