//! Upgraded connections that stay open as long as they may.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::service::ECHO;

/// Between two words on one connection.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a word may take to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// What upgraded connections saw.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) opened: u64,
    pub(crate) echoes: u64,
    /// Ended by the other side.
    pub(crate) cut: u64,
}

/// Some upgraded connections, each opened again when it is cut.
pub(crate) struct Sockets {
    stop: watch::Sender<bool>,
    open: JoinSet<Seen>,
}

impl Sockets {
    pub(crate) fn open(address: &str, host: &str, count: usize) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut open = JoinSet::new();
        for _ in 0..count {
            open.spawn(stay(address.to_owned(), host.to_owned(), stopped.clone()));
        }
        Self { stop, open }
    }

    pub(crate) async fn close(self) -> Seen {
        self.stop.send_replace(true);
        let mut sum = Seen::default();
        for seen in self.open.join_all().await {
            sum.opened += seen.opened;
            sum.echoes += seen.echoes;
            sum.cut += seen.cut;
        }
        sum
    }
}

async fn stay(address: String, host: String, mut stopped: watch::Receiver<bool>) -> Seen {
    let mut seen = Seen::default();
    while !*stopped.borrow() {
        let talk = talk(&address, &host, &mut seen);
        tokio::select! {
            _ = stopped.changed() => break,
            _ = talk => {}
        }
        seen.cut += 1;
        tokio::time::sleep(PAUSE).await;
    }
    seen
}

/// Opens a connection and talks on it until it is cut.
async fn talk(address: &str, host: &str, seen: &mut Seen) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET {ECHO} HTTP/1.1\r\nhost: {host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    if !head.starts_with(b"HTTP/1.1 101") {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    seen.opened += 1;
    loop {
        let mut word = *b"word";
        stream.write_all(&word).await?;
        tokio::time::timeout(PATIENCE, stream.read_exact(&mut word)).await??;
        seen.echoes += 1;
        tokio::time::sleep(PAUSE).await;
    }
}
