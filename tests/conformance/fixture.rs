//! The program that the process runtime runs: this test binary itself, told by a variable what to
//! do. So no other program has to be there.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, exit};
use std::thread::{park, spawn};

use eve::desired::{Port, Process};
use eve::{Result, VarName};

/// The variable that tells what to do, word by word.
const ROLE: &str = "EVE_FIXTURE";

/// The command line that runs this module's program.
pub(crate) fn argv() -> Vec<String> {
    let module = module_path!().split_once("::").map_or("", |(_, module)| module);
    let test = format!("{module}::a_program_ends_with_the_code_that_it_is_told");
    let binary = std::env::current_exe().expect("a running program has a path");
    let binary = binary.to_str().expect("the test binary's path is text").to_owned();
    vec![binary, test, "--exact".to_owned(), "--nocapture".to_owned()]
}

/// The variable with its text, for a role.
pub(crate) fn variable(role: &str) -> Result<(VarName, String)> {
    Ok((VarName::new(ROLE)?, role.to_owned()))
}

/// A process in a role.
pub(crate) fn process(role: &str) -> Process {
    let (name, text) = variable(role).expect("the variable's name is valid");
    Process::new(argv()).with_variable(name, text.as_str())
}

/// The port that every role declares.
pub(crate) fn port() -> Port {
    Port::tcp(8080)
}

/// Plays the role that the variable tells, where it is set. Where it is not, this is a test of the
/// program: it runs itself.
#[test]
fn a_program_ends_with_the_code_that_it_is_told() {
    if let Ok(role) = std::env::var(ROLE) {
        play(&role);
    }
    let argv = argv();
    let output = Command::new(&argv[0]).args(&argv[1..]).env(ROLE, "exit 43").output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(43));
}

fn play(role: &str) -> ! {
    let words: Vec<&str> = role.split(' ').collect();
    match words.as_slice() {
        ["exit", code] => exit(code.parse().expect("a code is a number")),
        ["exit-by-variable", name] => {
            let text = std::env::var(name).expect("the variable is set");
            exit(text.parse().expect("the variable holds a number"))
        }
        ["exit-by-descriptors"] => exit(inherited()),
        ["hang"] => loop {
            park();
        },
        ["serve"] => serve(),
        ["serve-on"] => {
            ignore_being_asked_to_end();
            serve()
        }
        ["print", lines] => {
            print(lines);
            serve()
        }
        ["print-and-end", lines] => {
            print(lines);
            exit(0)
        }
        ["leave", name, text @ ..] => {
            let folder = std::env::var("EVE_ARTIFACTS").expect("the folder is named");
            fs::write(format!("{folder}/{name}"), text.join(" ")).expect("the folder can be written");
            exit(0)
        }
        _ => panic!("unknown role {role:?}"),
    }
}

fn print(lines: &str) {
    let count: usize = lines.parse().expect("a count is a number");
    let mut out = std::io::stdout().lock();
    for number in 1..=count {
        writeln!(out, "line {number}").expect("standard output is open");
    }
    out.flush().expect("standard output is open");
}

/// Answers every request with 200, as long as the process lives.
fn serve() -> ! {
    let port: u16 = std::env::var("PORT").expect("PORT is set").parse().expect("PORT is a number");
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    loop {
        let Ok((mut stream, _)) = listener.accept() else { continue };
        spawn(move || {
            let mut head = Vec::new();
            let mut buffer = [0; 1024];
            while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(read) if read > 0 => head.extend_from_slice(&buffer[..read]),
                    _ => return,
                }
            }
            // A caller that went away is its own affair.
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
        });
    }
}

/// How many descriptors above 2 are open that this program did not open itself.
fn inherited() -> i32 {
    let own = format!("/proc/{}/fd", std::process::id());
    let open = fs::read_dir("/proc/self/fd").expect("the system lists descriptors");
    let foreign = open.flatten().filter(|entry| {
        let number: u32 = entry.file_name().to_string_lossy().parse().unwrap_or(0);
        let leads_to = fs::read_link(entry.path()).unwrap_or_default();
        number > 2 && leads_to.as_os_str() != own.as_str()
    });
    i32::try_from(foreign.count()).expect("there are few descriptors")
}

fn ignore_being_asked_to_end() {
    let (ready, handler_is_there) = std::sync::mpsc::channel();
    spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        runtime.block_on(async {
            let kind = tokio::signal::unix::SignalKind::terminate();
            let mut asked = tokio::signal::unix::signal(kind).expect("a handler can be set");
            ready.send(()).expect("somebody waits");
            while asked.recv().await.is_some() {}
        });
    });
    handler_is_there.recv().expect("the handler is set");
}
