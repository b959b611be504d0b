//! The service: it answers with its release. Asked to end it does so at once, or, where `POLITE` is set, takes no more
//! connections and finishes what is under way.

use std::convert::Infallible;
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Answered after 300 ms.
pub(crate) const PAUSE: &str = "/pause";
/// Answered after 5 s.
pub(crate) const SLOW: &str = "/slow";
/// Answered piece by piece, for 2 s.
pub(crate) const STREAM: &str = "/stream";
/// Upgraded, and then everything comes back.
pub(crate) const ECHO: &str = "/echo";

/// How long a polite one takes for what is under way.
pub(crate) const DRAIN: Duration = Duration::from_secs(10);

pub(crate) async fn serve() -> ExitCode {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse::<u16>().ok()).unwrap_or(0);
    // A container is reached from outside of itself.
    let host = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1".to_owned());
    let release = std::env::var("RELEASE").unwrap_or_default();
    let listener = TcpListener::bind((host.as_str(), port)).await.expect("the port is free");
    let mut asked = signal(SignalKind::terminate()).expect("a handler can be set");
    let (end, ending) = watch::channel(false);
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = asked.recv() => break,
        };
        while open.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else { continue };
        open.spawn(talk(stream, release.clone(), ending.clone()));
    }
    drop(listener);
    if std::env::var_os("POLITE").is_some() {
        end.send_replace(true);
        let all = async { while open.join_next().await.is_some() {} };
        // What takes longer is cut, as by a rude one.
        let _ = tokio::time::timeout(DRAIN, all).await;
    }
    ExitCode::SUCCESS
}

/// One connection, to its end: the client's, or after the answer that is under way once this is `ending`.
async fn talk(stream: TcpStream, release: String, mut ending: watch::Receiver<bool>) {
    let answer = service_fn(move |request| answer(release.clone(), request));
    let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    let mut serving = std::pin::pin!(serving.with_upgrades());
    tokio::select! {
        // A client that goes away ends its connection, and nothing else.
        _ = serving.as_mut() => return,
        _ = ending.wait_for(|ending| *ending) => serving.as_mut().graceful_shutdown(),
    }
    let _ = serving.await;
}

async fn answer(
    release: String,
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, http::Error> {
    let response = Response::builder().header("x-release", release);
    match request.uri().path() {
        PAUSE => tokio::time::sleep(Duration::from_millis(300)).await,
        SLOW => tokio::time::sleep(Duration::from_secs(5)).await,
        STREAM => {
            let pieces = stream::unfold(0, |piece| async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                (piece < 20).then(|| (Ok(Frame::data(Bytes::from_static(b"piece\n"))), piece + 1))
            });
            return response.body(StreamBody::new(pieces).boxed());
        }
        ECHO => {
            tokio::spawn(echo(request));
            let response = response.status(StatusCode::SWITCHING_PROTOCOLS).header(header::CONNECTION, "upgrade");
            return response.header(header::UPGRADE, "websocket").body(Full::default().boxed());
        }
        _ => {}
    }
    response.body(Full::new(Bytes::from_static(b"ok")).boxed())
}

async fn echo(request: Request<Incoming>) {
    let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
    let (mut read, mut write) = tokio::io::split(TokioIo::new(upgraded));
    // A client that goes away ends its connection, and nothing else.
    let _ = tokio::io::copy(&mut read, &mut write).await;
}
