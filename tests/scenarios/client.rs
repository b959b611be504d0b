//! A client that never tries again.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Asks for `/` once, on a connection of its own, and returns the body of a 200; else what came instead.
pub(crate) async fn get(port: u16, host: &str) -> Result<String, String> {
    let answer = tokio::time::timeout(Duration::from_secs(30), ask(port, host)).await;
    match answer {
        Ok(Ok((StatusCode::OK, body))) => Ok(body),
        Ok(Ok((status, body))) => Err(format!("{status}: {body}")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer in time".to_owned()),
    }
}

async fn ask(port: u16, host: &str) -> Result<(StatusCode, String), Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get("/").header("host", host).body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

/// One request after another, until it is told to stop.
pub(crate) struct Visitor {
    stop: oneshot::Sender<()>,
    visits: JoinHandle<Vec<Result<String, String>>>,
}

impl Visitor {
    pub(crate) fn start(port: u16, host: String) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let visits = tokio::spawn(async move {
            let mut answers = Vec::new();
            while stopped.try_recv().is_err() {
                answers.push(get(port, &host).await);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            answers
        });
        Self { stop, visits }
    }

    /// Every answer, oldest first.
    pub(crate) async fn stop(self) -> Vec<Result<String, String>> {
        self.stop.send(()).expect("the visitor is there until it is told to stop");
        self.visits.await.expect("a visit does not panic")
    }
}
