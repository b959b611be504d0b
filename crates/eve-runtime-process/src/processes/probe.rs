//! One try of a health probe.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use eve_core::Address;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::group::Group;
use super::{ChildSpec, HealthProbe, ProbeTarget, leader};

/// What a probe was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) passed: bool,
    pub(super) text: String,
}

impl Answer {
    fn new(passed: bool, text: impl Into<String>) -> Self {
        Self { passed, text: text.into() }
    }
}

/// Whom a probe is about.
#[derive(Debug)]
pub(super) struct Probed<'a> {
    pub(super) spec: &'a ChildSpec,
    pub(super) addresses: &'a BTreeMap<u16, Address>,
    pub(super) folder: &'a Path,
    pub(super) marker: &'a str,
}

/// Tries once. Dropping the future ends what it started.
pub(super) async fn once(probe: &HealthProbe, who: &Probed<'_>) -> Answer {
    let at = |port: &u16| {
        who.addresses.get(port).ok_or_else(|| Answer::new(false, format!("port {port} is none that it was given")))
    };
    let attempt = async {
        match &probe.target {
            ProbeTarget::Tcp { port } => match at(port) {
                Ok(address) => tcp(address).await,
                Err(unknown) => unknown,
            },
            ProbeTarget::Http { port, path } => match at(port) {
                Ok(address) => http(address, path).await,
                Err(unknown) => unknown,
            },
            ProbeTarget::Command(argv) => run(argv, who).await,
        }
    };
    let timeout = probe.timeout;
    tokio::time::timeout(timeout, attempt)
        .await
        .unwrap_or_else(|_| Answer::new(false, format!("no answer within {} ms", timeout.as_millis())))
}

async fn tcp(address: &Address) -> Answer {
    match connect(address).await {
        Ok(_) => Answer::new(true, format!("{address} accepts connections")),
        Err(e) => Answer::new(false, format!("{address}: {e}")),
    }
}

async fn http(address: &Address, path: &str) -> Answer {
    match status(address, path).await {
        Ok(code) => Answer::new((200..400).contains(&code), format!("GET {path} answered {code}")),
        Err(e) => Answer::new(false, format!("GET {path}: {e}")),
    }
}

/// The status code of one request. Nothing but the status line is read.
async fn status(address: &Address, path: &str) -> io::Result<u16> {
    const LONGEST_STATUS_LINE: usize = 1024;
    let mut stream = connect(address).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: eve-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.contains(&b'\n') && head.len() < LONGEST_STATUS_LINE {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    parse_status(&head).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP"))
}

/// The code of `HTTP/1.x CODE reason`.
fn parse_status(head: &[u8]) -> Option<u16> {
    let line = head.split(|b| *b == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let code = line.strip_prefix("HTTP/1.")?.split_ascii_whitespace().nth(1)?;
    code.parse().ok().filter(|code| (100..600).contains(code))
}

async fn connect(address: &Address) -> io::Result<TcpStream> {
    TcpStream::connect((address.host.as_str(), address.port)).await
}

async fn run(argv: &[String], who: &Probed<'_>) -> Answer {
    let name = argv.first().map_or("", String::as_str);
    let directory = leader::directory(who.spec, who.folder);
    // A marker of its own: ending what the probe left must not end the child.
    let marker = format!("{}#probe", who.marker);
    let command = leader::command(argv, &who.spec.environment, &directory, who.folder, &marker);
    let mut command = match command {
        Ok(command) => command,
        Err(why) => return Answer::new(false, why),
    };
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = match leader::spawn(&mut command).await {
        Ok(child) => child,
        Err(e) => return Answer::new(false, format!("{name} cannot be run: {e}")),
    };
    let mut guard = KillOnDrop(leader::pid_of(&child).map(|pid| Group::new(pid, marker)));
    let done = child.wait().await;
    if let Some(group) = guard.0.take() {
        group.kill_all().await;
    }
    match done {
        Ok(status) => Answer::new(status.success(), format!("{name}: {status}")),
        Err(e) => Answer::new(false, format!("{name}: {e}")),
    }
}

/// Ends a probe's group where nobody waits for it any more.
struct KillOnDrop(Option<Group>);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        if let Some(group) = &self.0 {
            group.kill();
        }
    }
}

/// True once the child ran that long: what stands in for a probe where there is nothing to try.
pub(super) async fn ran(time: Duration) -> Answer {
    tokio::time::sleep(time).await;
    Answer::new(true, format!("it has run for {} ms", time.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_counts_as_an_answer() {
        assert_eq!(parse_status(b"HTTP/1.1 204 No Content\r\n\r\n"), Some(204));
        assert_eq!(parse_status(b"HTTP/1.0 503\r\n"), Some(503));
        for bad in [&b""[..], b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n", b"HTTP/1.1 42\r\n"] {
            assert_eq!(parse_status(bad), None);
        }
    }
}
