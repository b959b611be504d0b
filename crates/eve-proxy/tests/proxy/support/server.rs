//! A server that says its name.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use eve_core::{Address, Incarnation, InstanceRef, ObjectId, ObjectName, RouteTarget};
use futures_util::{StreamExt as _, stream};
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A server on a port of its own. Dropping it is rude: it breaks off everything at once.
pub(crate) struct Server {
    name: String,
    address: Address,
    stop: CancellationToken,
    pub(crate) connections: Arc<AtomicU64>,
    pub(crate) requests: Arc<AtomicU64>,
}

impl Server {
    pub(crate) async fn start(name: &str) -> Self {
        Self::with_keep_alive(name, true).await
    }

    pub(crate) async fn with_keep_alive(name: &str, keep_alive: bool) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Address::new("127.0.0.1", socket.local_addr().unwrap().port());
        let stop = CancellationToken::new();
        let (connections, requests) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let server = Self {
            name: name.to_owned(),
            address,
            stop: stop.clone(),
            connections: Arc::clone(&connections),
            requests: Arc::clone(&requests),
        };
        let name: Arc<str> = name.into();
        tokio::spawn(stop.clone().run_until_cancelled_owned(async move {
            loop {
                let (stream, _) = socket.accept().await.unwrap();
                connections.fetch_add(1, Ordering::Relaxed);
                let (name, requests) = (Arc::clone(&name), Arc::clone(&requests));
                let service = service_fn(move |request| {
                    requests.fetch_add(1, Ordering::Relaxed);
                    let name = Arc::clone(&name);
                    async move { Ok::<_, Infallible>(answer(&name, request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .keep_alive(keep_alive)
                    .serve_connection(TokioIo::new(stream), service)
                    .with_upgrades();
                tokio::spawn(stop.clone().run_until_cancelled_owned(connection));
            }
        }));
        server
    }

    pub(crate) fn instance(&self) -> InstanceRef {
        let object = ObjectId::new("process", ObjectName::new(self.name.as_str()).unwrap());
        InstanceRef::new(object, Incarnation::new(self.address.port.to_string()))
    }

    pub(crate) fn target(&self) -> RouteTarget {
        RouteTarget { instance: self.instance(), address: self.address.clone() }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

type Body = UnsyncBoxBody<Bytes, hyper::Error>;

fn text(text: impl Into<Bytes>) -> Response<Body> {
    Response::new(Full::new(text.into()).map_err(|never| match never {}).boxed_unsync())
}

async fn answer(name: &str, mut request: Request<Incoming>) -> Response<Body> {
    let millis = request.uri().query().and_then(|query| query.parse().ok()).unwrap_or(0);
    let pause = Duration::from_millis(millis);
    match request.uri().path() {
        "/slow" => {
            tokio::time::sleep(pause).await;
            text(name.to_owned())
        }
        "/stream" => {
            let name = Bytes::from(name.to_owned());
            let frames = stream::iter(0..4).then(move |_| {
                let name = name.clone();
                async move {
                    tokio::time::sleep(pause).await;
                    Ok::<_, hyper::Error>(Frame::data(name))
                }
            });
            Response::new(UnsyncBoxBody::new(StreamBody::new(frames.boxed())))
        }
        "/echo" => Response::new(request.into_body().boxed_unsync()),
        "/headers" => {
            let lines = request.headers().iter().map(|(k, v)| format!("{k}: {}\n", v.to_str().unwrap()));
            text(lines.collect::<String>())
        }
        "/socket" => {
            let upgrade = hyper::upgrade::on(&mut request);
            tokio::spawn(async move {
                let socket = TokioIo::new(upgrade.await.unwrap());
                let (mut read, mut write) = tokio::io::split(socket);
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
            let mut response = text("");
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            response.headers_mut().insert("connection", "upgrade".parse().unwrap());
            response.headers_mut().insert("upgrade", "echo".parse().unwrap());
            response
        }
        _ => text(name.to_owned()),
    }
}
