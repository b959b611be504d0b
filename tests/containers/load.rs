//! Requests to the public route while a story goes on.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Between two requests, whatever the one before came to.
const PAUSE: Duration = Duration::from_millis(10);

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// One request after the other, each on a connection of its own.
pub(crate) struct Load {
    over: Arc<AtomicBool>,
    asking: JoinHandle<(u32, Vec<String>)>,
}

impl Load {
    pub(crate) fn start(port: u16, host: String) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let asking = tokio::spawn(async move {
            let (mut served, mut lost) = (0, Vec::new());
            while !ended.load(Ordering::Relaxed) {
                match tokio::time::timeout(PATIENCE, ask(port, &host)).await {
                    Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n") => served += 1,
                    other => lost.push(format!("{other:?}")),
                }
                tokio::time::sleep(PAUSE).await;
            }
            (served, lost)
        });
        Self { over, asking }
    }

    /// Ends it. Something was asked, and everything was answered.
    pub(crate) async fn lost_nothing(self) {
        self.over.store(true, Ordering::Relaxed);
        let (served, lost) = self.asking.await.expect("the client runs on");
        assert!(lost.is_empty(), "of {} requests, these were lost: {lost:?}", served as usize + lost.len());
        assert_ne!(served, 0, "nothing was asked");
    }
}

async fn ask(port: u16, host: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
