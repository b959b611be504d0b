//! What is answered at an address.

use std::io;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// How long one answer may take.
pub(super) const ANSWER: Duration = Duration::from_secs(1);
/// How long an attempt to connect is alone.
const AGAIN: Duration = Duration::from_millis(50);

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What is said at an address.
#[derive(Debug)]
pub(super) enum Said {
    Answer,
    /// Nobody is there who would answer.
    Refused(BoxError),
    /// Nobody says anything: whatever is sent there may be lost on the way.
    Nothing(BoxError),
}

/// A connection to an address: the first of several attempts that is answered. What is sent to a Service that a node does
/// not know yet is lost, and an attempt alone says so much again only after a second.
pub(super) async fn knock(host: &str, port: u16) -> Result<TcpStream, Said> {
    let mut attempts = FuturesUnordered::from_iter([TcpStream::connect((host, port))]);
    let mut again = tokio::time::interval_at(Instant::now() + AGAIN, AGAIN);
    let late = tokio::time::sleep(ANSWER);
    let mut late = std::pin::pin!(late);
    loop {
        tokio::select! {
            Some(attempt) = attempts.next() => return match attempt {
                Ok(stream) => Ok(stream),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Err(Said::Refused(error.into())),
                Err(error) => Err(Said::Nothing(error.into())),
            },
            _ = again.tick() => attempts.push(TcpStream::connect((host, port))),
            () = &mut late => return Err(Said::Nothing("nobody answers there".into())),
        }
    }
}

/// Asks for a path by HTTP. Not everybody speaks it: where the path is none of a health check, it is enough that a
/// connection is taken.
pub(super) async fn ask(host: &str, port: u16, path: &str) -> Said {
    let stream = match knock(host, port).await {
        Ok(stream) => stream,
        Err(said) => return said,
    };
    let late = |_| Err("it takes the connection, and does not answer".into());
    match tokio::time::timeout(ANSWER, request(stream, host, path)).await.unwrap_or_else(late) {
        Ok(()) => Said::Answer,
        Err(_) if path == "/" => Said::Answer,
        Err(error) => Said::Refused(error),
    }
}

async fn request(stream: TcpStream, host: &str, path: &str) -> Result<(), BoxError> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = http::Request::get(path).header("host", host).body(Empty::<bytes::Bytes>::new())?;
    let mut asked = std::pin::pin!(sender.send_request(request));
    // Whatever comes after the head of an answer is of no interest: nothing waits for the connection's end.
    tokio::select! {
        answer = &mut asked => answer?,
        _ = connection => asked.await?,
    };
    Ok(())
}
