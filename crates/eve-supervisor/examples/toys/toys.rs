//! A part that does what it is told.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eve_core::control::{Message, Part, PartName};
use eve_core::{Cancel, Error, Fences, Result, codes};
use eve_supervisor::Held;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use crate::ask::{Ask, Mood, Process};

/// The parts of the toy supervisor.
pub(crate) async fn parts(held: Held) -> Result<Vec<Arc<dyn Part>>> {
    let mood: Mood = held.config.decode()?;
    match &mood {
        Mood::Well(_) => {}
        Mood::Fails => return Err(Error::conflict(codes::PORT_TAKEN, "a toy's port is taken").with_hint("wait")),
        Mood::Dies => panic!("the toys are broken"),
    }
    let toys =
        Toys { dir: held.dir, mood, fences: held.fences, marks: Mutex::default(), is_held: AtomicBool::default() };
    Ok(vec![Arc::new(toys)])
}

#[derive(Debug)]
struct Toys {
    dir: PathBuf,
    mood: Mood,
    fences: Arc<Fences>,
    marks: Mutex<Vec<u64>>,
    is_held: AtomicBool,
}

#[async_trait]
impl Part for Toys {
    fn name(&self) -> PartName {
        PartName::new("toys", 1)
    }

    async fn call(&self, request: Message, cancel: Cancel) -> Result<Message> {
        match request.decode()? {
            Ask::Echo(text) => return Message::of(&text),
            Ask::Mood => return Message::of(&self.mood),
            Ask::Large(bytes) => return Message::of(&"x".repeat(bytes)),
            Ask::Work { file, millis } => {
                note(&file, "begun");
                tokio::time::sleep(Duration::from_millis(millis)).await;
                note(&file, "done");
            }
            Ask::Patience { file } => {
                note(&file, "begun");
                cancel.cancelled().await;
                note(&file, "cancelled");
            }
            Ask::Mark(number) => {
                self.marks.lock().expect("nobody panics with it").push(number);
                tokio::task::yield_now().await;
            }
            Ask::Marks => return Message::of(&*self.marks.lock().expect("nobody panics with it")),
            Ask::Hold(held) => self.is_held.store(held, Ordering::SeqCst),
            Ask::Admit(env, fence) => self.fences.admit(&env, fence)?,
            Ask::Fail => {
                let cause = std::io::Error::other("the cause");
                return Err(Error::not_found(codes::RUN_UNKNOWN, "no such toy")
                    .with_hint("buy one")
                    .with_source(cause));
            }
            Ask::Panic => panic!("a toy broke"),
            Ask::Process => return Message::of(&process()),
            Ask::Count(_) | Ask::Endless { .. } | Ask::Flawed => return Err(not_understood()),
        }
        Message::of(&())
    }

    fn stream(&self, request: Message) -> BoxStream<'static, Result<Message>> {
        match request.decode() {
            Ok(Ask::Count(to)) => stream::iter(0..to).map(|number| Message::of(&number)).boxed(),
            Ok(Ask::Endless { file }) => {
                let farewell = Farewell(file);
                stream::iter(0_u64..)
                    .map(move |number| {
                        let _ = &farewell;
                        Message::of(&number)
                    })
                    .boxed()
            }
            Ok(Ask::Mark(number)) => {
                self.marks.lock().expect("nobody panics with it").push(number);
                stream::empty().boxed()
            }
            Ok(Ask::Flawed) => {
                let flaw = Err(Error::failed(codes::ATTEMPT_FAILED, "a flaw"));
                stream::iter([Message::of(&1), flaw, Message::of(&2)]).boxed()
            }
            Ok(_) => stream::iter([Err(not_understood())]).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    fn is_idle(&self) -> bool {
        !self.is_held.load(Ordering::SeqCst)
    }

    async fn shut_down(&self) {
        note(&self.dir.join("ended"), "shut down");
    }
}

impl fmt::Display for Toys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("toys")
    }
}

struct Farewell(PathBuf);

impl Drop for Farewell {
    fn drop(&mut self) {
        note(&self.0, "dropped");
    }
}

fn not_understood() -> Error {
    Error::invalid(codes::CONTROL_MALFORMED, "the toys do not understand this here")
}

fn note(file: &Path, text: &str) {
    let file = OpenOptions::new().create(true).append(true).open(file);
    file.and_then(|mut file| writeln!(file, "{text}")).expect("the test's folder can be written to");
}

fn process() -> Process {
    let pid = rustix::process::getpid();
    let session = rustix::process::getsid(None).expect("every process has a session");
    let files = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let target = |file: std::fs::DirEntry| std::fs::read_link(file.path()).ok();
    Process {
        pid: pid.as_raw_pid(),
        session: session.as_raw_pid(),
        directory: std::env::current_dir().unwrap_or_default(),
        variables: std::env::vars().map(|(name, _)| name).collect(),
        files: files.filter_map(target).map(|path| path.to_string_lossy().into_owned()).collect(),
    }
}
