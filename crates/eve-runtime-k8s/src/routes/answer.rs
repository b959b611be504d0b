//! What is answered at an address.

use std::io;
use std::time::Duration;

use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long one answer may take.
pub(super) const ANSWER: Duration = Duration::from_secs(1);

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

/// A connection to an address.
pub(super) async fn knock(host: &str, port: u16) -> Result<TcpStream, Said> {
    match tokio::time::timeout(ANSWER, TcpStream::connect((host, port))).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Err(Said::Refused(error.into())),
        Ok(Err(error)) => Err(Said::Nothing(error.into())),
        Err(late) => Err(Said::Nothing(late.into())),
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
