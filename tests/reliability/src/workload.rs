//! What the shop's services and jobs do.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use tokio::signal::unix::{SignalKind, signal};

use crate::get;
use crate::ground::Counter;
use crate::shop::{COUNTER, DIR, LABEL};

/// What a workload does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// Answers with its edition and process number; is healthy, if it needs an api, while that
    /// answers.
    Serve,
    /// Answers and is never healthy.
    Hang,
    /// Ends at once.
    Crash,
    /// Adds a line to the trial's effects; fails the first time.
    Job,
}

/// Does it.
///
/// # Panics
/// If the variables that the shop sets are not there: whoever started it sees how it ends.
pub fn work(work: Work) -> ExitCode {
    match work {
        Work::Serve => match std::env::var("API_URL") {
            Ok(url) => serve(move || {
                let authority = url.strip_prefix("http://").unwrap_or(&url).trim_end_matches('/');
                get(authority, authority).is_some()
            }),
            Err(_) => serve(|| true),
        },
        Work::Hang => serve(|| false),
        Work::Crash => {
            println!("the till is locked");
            ExitCode::from(3)
        }
        Work::Job => migrate(),
    }
}

/// Long enough that an engine can die before its effect and after it.
const STRETCH: Duration = Duration::from_millis(5);

fn migrate() -> ExitCode {
    let dir = std::env::var(DIR).expect("the trial's directory is set");
    thread::sleep(STRETCH);
    let before = match std::env::var(COUNTER) {
        Ok(address) => Counter::tell(&address, &dir),
        Err(_) => Counter::add(Path::new(&dir)),
    };
    let before = before.expect("the effect can be told");
    thread::sleep(STRETCH);
    if before == 0 { ExitCode::from(7) } else { ExitCode::SUCCESS }
}

fn serve(is_healthy: impl Fn() -> bool + Send + Sync + 'static) -> ! {
    // Where one image serves all editions, nothing is beside it.
    let edition = fs::read_to_string("edition").or_else(|_| std::env::var(LABEL)).expect("it is told its edition");
    let body: Arc<str> = format!("{edition} {}", std::process::id()).into();
    let port: u16 = std::env::var("PORT").expect("PORT is set").parse().expect("PORT is a number");
    // A container is reached from outside of itself.
    let host = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1".to_owned());
    let listener = TcpListener::bind((host.as_str(), port)).expect("the port is free");
    thread::spawn(end_when_asked);
    let is_healthy = Arc::new(is_healthy);
    loop {
        let Ok((stream, _)) = listener.accept() else { continue };
        let (body, is_healthy) = (Arc::clone(&body), Arc::clone(&is_healthy));
        thread::spawn(move || answer(stream, &body, &*is_healthy));
    }
}

/// The first process of a container is only asked to end by what it has asked for itself.
fn end_when_asked() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there are threads");
    runtime.block_on(async {
        let mut asked = signal(SignalKind::terminate()).expect("a handler can be set");
        asked.recv().await;
    });
    // The rude way: whatever is under way is cut.
    std::process::exit(0);
}

fn answer(mut stream: TcpStream, body: &str, is_healthy: &dyn Fn() -> bool) {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => head.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let is_fine = !head.starts_with(b"GET /health ") || is_healthy();
    let status = if is_fine { "200 OK" } else { "503 Service Unavailable" };
    let length = body.len();
    // A caller that went away is its own affair.
    let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
}
