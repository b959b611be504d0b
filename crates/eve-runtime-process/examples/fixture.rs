//! A small program that behaves as told, for trying out a runtime: `fixture VERB [ARGUMENT...]`.
//!
//! `serve [HEALTH-STATUS]` answers HTTP on `PORT`; `exit CODE`; `exit-by-variable NAME`;
//! `exit-by-descriptors`; `wait`; `print LINES`; `print-and-wait LINES`; `leave FILE TEXT` writes
//! below `EVE_ARTIFACTS`; the rest is for this crate's own tests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};
use std::thread::{sleep, spawn};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = arguments.get(1).and_then(|text| text.parse::<u64>().ok());
    match arguments.first().map(String::as_str) {
        Some("serve") => serve(number.unwrap_or(200)),
        Some("exit") => return ExitCode::from(u8::try_from(number.unwrap_or(0)).unwrap_or(u8::MAX)),
        Some("serve-then-crash") => {
            spawn(|| serve(200));
            rest(number);
            return ExitCode::from(70);
        }
        Some("crash-after") => {
            rest(number);
            return ExitCode::from(70);
        }
        Some("print") => print(number.unwrap_or(1)),
        Some("print-and-wait") => {
            print(number.unwrap_or(1));
            rest(None);
        }
        Some("print-on") => loop {
            print(1);
            rest(Some(10));
        },
        Some("exit-by-variable") => {
            let text = std::env::var(&arguments[1]).unwrap_or_default();
            return ExitCode::from(text.parse().unwrap_or(u8::MAX));
        }
        Some("exit-by-descriptors") => {
            return ExitCode::from(u8::try_from(inherited().len()).unwrap_or(u8::MAX));
        }
        Some("say") => println!("{}", arguments[1..].join(" ")),
        Some("variable") => println!("{}", std::env::var(&arguments[1]).unwrap_or_default()),
        Some("leave") => {
            let folder = std::env::var("EVE_ARTIFACTS").expect("EVE_ARTIFACTS is set");
            std::fs::write(format!("{folder}/{}", arguments[1]), &arguments[2]).expect("the folder can be written");
        }
        Some("descriptors") => inherited().iter().for_each(|descriptor| println!("{descriptor}")),
        Some("allocate") => {
            // Time for the limit to be set.
            rest(Some(500));
            let bytes = usize::try_from(number.unwrap_or(0)).expect("it fits");
            let held = vec![1_u8; bytes];
            println!("{}", held.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        }
        Some("start-child") => start_child(false),
        Some("start-child-away") => start_child(true),
        Some("leave-open") => {
            leave_open(number.unwrap_or(0));
            return ExitCode::from(7);
        }
        Some("say-in-halves") => say_in_halves(&std::env::var(&arguments[1]).unwrap_or_default()),
        Some("beat") => beat(),
        Some("wait") => rest(None),
        other => {
            eprintln!("unknown verb {other:?}");
            return ExitCode::from(64);
        }
    }
    ExitCode::SUCCESS
}

/// Answers every request: `/health` with the status, everything else with 200.
fn serve(health: u64) {
    let port = std::env::var("PORT").expect("PORT is set");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).expect("the port is free");
    for stream in listener.incoming().flatten() {
        spawn(move || answer(&stream, health));
    }
}

fn answer(mut stream: &TcpStream, health: u64) {
    let mut lines = BufReader::new(stream).lines();
    let Some(Ok(request)) = lines.next() else { return };
    let _ = lines.find(|line| line.as_ref().map_or(true, String::is_empty));
    let status = if request.starts_with("GET /health ") { health } else { 200 };
    let _ = write!(stream, "HTTP/1.1 {status} -\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n");
}

/// Writes `beat N MILLISECONDS MODE URL` again and again, until somebody connects to its port. It
/// listens only once the first line is out.
fn beat() {
    let port = std::env::var("PORT").expect("PORT is set");
    let variable = |name| std::env::var(name).unwrap_or_default();
    for n in 1.. {
        let millis = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_millis();
        println!("beat {n} {millis} {} {}", variable("MODE"), variable("URL"));
        if n == 1 {
            let listener = TcpListener::bind(format!("127.0.0.1:{port}")).expect("the port is free");
            spawn(move || {
                let _ = listener.accept();
                std::process::exit(70);
            });
        }
        rest(Some(10));
    }
}

/// What is open besides the three standard descriptors and the listing itself.
fn inherited() -> Vec<String> {
    let names = std::fs::read_dir("/proc/self/fd").expect("there is a /proc").flatten();
    let numbers: Vec<u32> = names.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    let targets = numbers.iter().filter(|number| **number > 2).filter_map(|number| {
        // The listing is closed by now, and so leads nowhere.
        let target = std::fs::read_link(format!("/proc/self/fd/{number}")).ok()?;
        Some(format!("{number} {}", target.display()))
    });
    targets.collect()
}

fn print(lines: u64) {
    (1..=lines).for_each(|i| println!("line {i}"));
}

/// Starts a process that waits, and waits too.
fn start_child(own_group: bool) {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.arg("wait");
    if own_group {
        command.process_group(0);
    }
    let mut child = command.spawn().expect("it can be started");
    println!("child {}", child.id());
    let _ = child.wait();
}

/// Writes half of a text, and the rest and another line once there is a file `go`; then waits.
fn say_in_halves(text: &str) {
    let (one, two) = text.split_at(text.len() / 2);
    print!("{one}");
    std::io::stdout().flush().expect("somebody reads");
    eprintln!("half");
    while !std::path::Path::new("go").exists() {
        rest(Some(10));
    }
    println!("{two}\nnext");
    rest(None);
}

/// Leaves a process behind that nobody knows and that has the output open for so long.
#[expect(clippy::zombie_processes, reason = "it outlives this program")]
fn leave_open(millis: u64) {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["crash-after", &millis.to_string()]).env_clear().process_group(0);
    command.spawn().expect("it can be started");
}

fn rest(millis: Option<u64>) {
    sleep(millis.map_or(Duration::from_secs(3600), Duration::from_millis));
}
