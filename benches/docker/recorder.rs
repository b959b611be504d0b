//! A socket that leads to an engine and notes what is asked of it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use crate::Failure;
use crate::engine::Engine;

/// A socket that leads to an engine and notes what is asked of it.
#[derive(Debug)]
pub(crate) struct Recorder {
    socket: PathBuf,
    calls: Arc<Mutex<Vec<Call>>>,
    accepting: JoinHandle<()>,
}

/// One call of the Engine API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
}

impl Recorder {
    pub(crate) fn start(engine: &Engine, dir: &Path) -> Result<Self, Failure> {
        let socket = dir.join("recorder.sock");
        let listener = UnixListener::bind(&socket)?;
        let calls = Arc::default();
        let accepting = tokio::spawn(accept(listener, engine.clone(), Arc::clone(&calls)));
        Ok(Self { socket, calls, accepting })
    }

    /// The engine's address by this way.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Ends it, and returns what was asked.
    pub(crate) fn stop(self) -> Vec<Call> {
        self.accepting.abort();
        // Another recorder may need the place.
        let _ = std::fs::remove_file(&self.socket);
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Call {
    pub(crate) fn is_read(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// A line that begins a request; none for any other.
    fn of_line(line: &[u8]) -> Option<Self> {
        let line = str::from_utf8(line).ok()?.strip_suffix(" HTTP/1.1")?;
        let (method, path) = line.split_once(' ')?;
        let known = ["GET", "HEAD", "POST", "PUT", "DELETE"].contains(&method) && path.starts_with('/');
        known.then(|| Self { method: method.to_owned(), path: path.to_owned() })
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PLAIN: [(&str, &str); 9] = [
            ("%22", ""),
            ("%7B", ""),
            ("%7D", ""),
            ("%5B", "["),
            ("%5D", "]"),
            ("%3A", ":"),
            ("%2C", ","),
            ("%3D", "="),
            ("%2F", "/"),
        ];
        let path = PLAIN.iter().fold(self.path.clone(), |path, (coded, plain)| path.replace(coded, plain));
        write!(f, "{} {path}", self.method)
    }
}

async fn accept(listener: UnixListener, engine: Engine, calls: Arc<Mutex<Vec<Call>>>) {
    while let Ok((client, _)) = listener.accept().await {
        let (engine, calls) = (engine.clone(), Arc::clone(&calls));
        tokio::spawn(async move {
            // A client that goes away ends its connection, and nothing else.
            let _ = lead(client, &engine, &calls).await;
        });
    }
}

async fn lead(client: UnixStream, engine: &Engine, calls: &Mutex<Vec<Call>>) -> Result<(), Failure> {
    let (from_client, mut to_client) = client.into_split();
    let (mut from_engine, to_engine) = tokio::io::split(engine.connect().await?);
    let asking = note(from_client, to_engine, calls);
    let answering = async {
        tokio::io::copy(&mut from_engine, &mut to_client).await?;
        to_client.shutdown().await
    };
    tokio::try_join!(asking, answering)?;
    Ok(())
}

/// Passes on what is asked, and notes every line that begins a request.
async fn note(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    calls: &Mutex<Vec<Call>>,
) -> io::Result<()> {
    let (mut piece, mut line) = ([0; 8192], Vec::new());
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        for byte in &piece[..length] {
            if *byte != b'\n' {
                line.push(*byte);
                continue;
            }
            let ended = line.strip_suffix(b"\r").and_then(Call::of_line);
            calls.lock().unwrap_or_else(PoisonError::into_inner).extend(ended);
            line.clear();
        }
        to.write_all(&piece[..length]).await?;
    }
}
