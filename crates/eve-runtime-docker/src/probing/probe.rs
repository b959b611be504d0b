//! One try.

use std::io;
use std::time::Duration;

use eve_core::Address;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::target::{STEADY, Target, command};
use crate::api::Daemon;

/// What a try was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) passed: bool,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn new(passed: bool, text: impl Into<String>) -> Self {
        Self { passed, text: text.into() }
    }
}

/// Tries once.
pub(super) async fn once(daemon: &Daemon, container: &str, target: &Target, timeout: Duration) -> Answer {
    let attempt = async {
        match target {
            Target::Tcp(address) => tcp(address).await,
            Target::Http(address, path) => http(address, path).await,
            Target::Command(argv) => run(daemon, container, argv).await,
            Target::ImagesOwn => images_own(daemon, container).await,
            Target::Running => {
                tokio::time::sleep(STEADY).await;
                Answer::new(true, format!("it has run for {} ms", STEADY.as_millis()))
            }
        }
    };
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

async fn run(daemon: &Daemon, container: &str, argv: &[String]) -> Answer {
    let name = argv.first().map_or("", String::as_str);
    match daemon.exec(container, argv).await {
        Ok(ran) => {
            let code = ran.code.map_or_else(|| "no exit code".to_owned(), |code| format!("exit code {code}"));
            let text = if ran.output.is_empty() {
                format!("{name}: {code}")
            } else {
                format!("{name}: {code}: {}", ran.output)
            };
            Answer::new(ran.code == Some(0), text)
        }
        Err(error) => Answer::new(false, format!("{name}: {}", error.chain())),
    }
}

/// Runs what the image says: it has to be asked for first.
async fn images_own(daemon: &Daemon, container: &str) -> Answer {
    let test = match daemon.container(container).await {
        Ok(found) => found.and_then(|found| found.config?.healthcheck?.test).unwrap_or_default(),
        Err(error) => return Answer::new(false, error.chain()),
    };
    match command(&test) {
        Some(argv) => run(daemon, container, &argv).await,
        None => Answer::new(false, "the image's health check is not known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_counts_as_an_answer() {
        assert_eq!(parse_status(b"HTTP/1.1 204 No Content\r\n\r\n"), Some(204));
        for bad in [&b""[..], b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n", b"HTTP/1.1 42\r\n"] {
            assert_eq!(parse_status(bad), None);
        }
    }
}
