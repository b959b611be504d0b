//! A load at a given rate, and the times of its answers.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Failure;
use crate::role::HOST;
use crate::side_by_side::sample::Sample;

const CONNECTIONS: u32 = 16;

/// What a load asks for: requests on kept connections, for so long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: u32,
    /// Requests a second on all connections together; none for as many as are answered.
    pub(crate) rate: Option<u32>,
    pub(crate) lasting: Duration,
}

impl Load {
    /// So many requests a second.
    pub(crate) fn at(rate: u32, lasting: Duration) -> Self {
        Self { connections: CONNECTIONS, rate: Some(rate), lasting }
    }

    /// Puts it on a port of this machine, and returns the time of every answer.
    pub(crate) async fn put_on(self, port: u16) -> Result<Vec<Duration>, Failure> {
        let mut asking = JoinSet::new();
        for turn in 0..self.connections {
            asking.spawn(self.ask(port, turn));
        }
        let mut times = Vec::new();
        for asked in asking.join_all().await {
            times.extend(asked?);
        }
        Ok(times)
    }

    async fn ask(self, port: u16, turn: u32) -> Result<Vec<Duration>, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let pause = self.rate.map(|rate| Duration::from_secs(1) * self.connections / rate);
        let begin = Instant::now();
        let mut due = begin + pause.unwrap_or_default() * turn / self.connections;
        let mut times = Vec::new();
        while begin.elapsed() < self.lasting {
            // An answer that comes late makes the next request late, and counts there as well. What
            // the timer is late by does not.
            let mut since = Instant::now();
            if since < due {
                tokio::time::sleep_until(due).await;
                since = Instant::now();
            } else if pause.is_some() {
                since = due;
            }
            sender.ready().await?;
            let request = Request::get("/").header("host", HOST).body(Empty::<Bytes>::new())?;
            let response = sender.send_request(request).await?;
            if !response.status().is_success() {
                return Err(format!("port {port} answers {}", response.status()).into());
            }
            response.into_body().collect().await?;
            times.push(since.elapsed());
            due += pause.unwrap_or_default();
        }
        Ok(times)
    }
}

/// The time that one in a hundred answers exceeds, at so many requests a second.
pub(crate) async fn p99(port: u16, rate: u32, lasting: Duration) -> Result<Duration, Failure> {
    Ok(Sample::new(Load::at(rate, lasting).put_on(port).await?).at(99))
}
