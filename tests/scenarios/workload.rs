//! What the stories' services run: this test binary itself, told by a variable what to do.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, exit};
use std::sync::Arc;
use std::thread::spawn;

use eve::VarName;
use eve::desired::Process;

/// The variable that tells what to do, word by word.
const ROLE: &str = "STORY_ROLE";

/// A process in a role.
pub(crate) fn process(role: &str) -> Process {
    Process::new(argv()).with_variable(VarName::new(ROLE).expect("a valid name"), role)
}

fn argv() -> Vec<String> {
    let binary = std::env::current_exe().expect("a running program has a path");
    let binary = binary.to_str().expect("the test binary's path is text").to_owned();
    let test = "workload::a_program_ends_with_the_code_that_it_is_told".to_owned();
    vec![binary, test, "--exact".to_owned(), "--nocapture".to_owned()]
}

/// Plays the role that the variable tells, where it is set. Where it is not, this is a test of the
/// program: it runs itself.
#[test]
fn a_program_ends_with_the_code_that_it_is_told() {
    if let Ok(role) = std::env::var(ROLE) {
        play(&role);
    }
    let argv = argv();
    let output = Command::new(&argv[0]).args(&argv[1..]).env(ROLE, "crash 43").output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(43));
    assert!(String::from_utf8_lossy(&output.stdout).contains("the till is locked"));
}

fn play(role: &str) -> ! {
    match role.split(' ').collect::<Vec<_>>().as_slice() {
        ["crash", code] => {
            println!("opening the shop");
            println!("the till is locked");
            exit(code.parse().expect("a code is a number"))
        }
        ["serve", release] => serve(&format!("{release} {}", std::process::id()), || true),
        // Is healthy from the moment when the file is there; says in another that it runs.
        ["serve-when", file, release] => {
            let file = (*file).to_owned();
            fs::write(format!("{file}.pid"), std::process::id().to_string()).expect("the folder can be written");
            serve(&format!("{release} {}", std::process::id()), move || Path::new(&file).exists())
        }
        // Cannot start without the file.
        ["serve-with", file, release] => {
            if !Path::new(file).exists() {
                println!("the key is gone");
                exit(3);
            }
            serve(&format!("{release} {}", std::process::id()), || true)
        }
        // Is healthy while the api of its own release answers.
        ["serve-on-api", release] => {
            let url = std::env::var("API_URL").expect("API_URL is set");
            let wanted = format!("{release} ");
            serve(&format!("{release} {}", std::process::id()), move || {
                ask(&url).is_some_and(|body| body.starts_with(&wanted))
            })
        }
        ["crash-with-secret", name] => {
            println!("the secret is {}!", std::env::var(name).expect("the secret is set"));
            exit(9)
        }
        ["serve-descriptors"] => serve(&inherited().join("\n"), || true),
        ["serve-secret", name] => {
            let text = std::env::var(name).expect("the secret is set");
            println!("the secret is {text}!");
            serve(&text, || true)
        }
        _ => panic!("unknown role {role:?}"),
    }
}

/// Answers `/health` by `is_healthy` and everything else with `body`, as long as it lives.
fn serve(body: &str, is_healthy: impl Fn() -> bool + Send + Sync + 'static) -> ! {
    println!("serving");
    let port: u16 = std::env::var("PORT").expect("PORT is set").parse().expect("PORT is a number");
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    let (body, is_healthy) = (Arc::<str>::from(body), Arc::new(is_healthy));
    loop {
        let Ok((stream, _)) = listener.accept() else { continue };
        let (body, is_healthy) = (Arc::clone(&body), Arc::clone(&is_healthy));
        spawn(move || answer(stream, &body, &*is_healthy));
    }
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

/// Where the open descriptors above 2 lead that this program did not open itself.
fn inherited() -> Vec<String> {
    let own = format!("/proc/{}/fd", std::process::id());
    let open = fs::read_dir("/proc/self/fd").expect("the system lists descriptors");
    let foreign = open.flatten().filter_map(|entry| {
        let number: u32 = entry.file_name().to_string_lossy().parse().unwrap_or(0);
        let leads_to = fs::read_link(entry.path()).unwrap_or_default();
        (number > 2 && leads_to.as_os_str() != own.as_str()).then(|| format!("{number} {}", leads_to.display()))
    });
    foreign.collect()
}

/// The body of a 200 from a URL.
fn ask(url: &str) -> Option<String> {
    let authority = url.strip_prefix("http://")?.trim_end_matches('/');
    let mut stream = TcpStream::connect(authority).ok()?;
    write!(stream, "GET / HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}
