//! An address that leads to a cluster and notes what is asked of it.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Collected};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::Client;
use kube::client::Body;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::calls::Call;
use crate::side_by_side::Failure;

/// An address that leads to a cluster and notes what is asked of it.
#[derive(Debug)]
pub(crate) struct Recorder {
    kubeconfig: PathBuf,
    calls: Arc<Mutex<Vec<Call>>>,
    accepting: JoinHandle<()>,
}

impl Recorder {
    pub(crate) async fn start(client: Client, dir: &Path) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let kubeconfig = dir.join("recorded");
        std::fs::write(&kubeconfig, config(listener.local_addr()?.port()))?;
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let accepting = tokio::spawn(accept(listener, client, Arc::clone(&calls)));
        Ok(Self { kubeconfig, calls, accepting })
    }

    /// The cluster by this way.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// What was asked since this was asked the last time.
    pub(crate) fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn config(port: u16) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
         clusters: [{{name: c, cluster: {{server: \"http://127.0.0.1:{port}\"}}}}]\n\
         contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{}}}}]\n"
    )
}

async fn accept(listener: TcpListener, client: Client, calls: Arc<Mutex<Vec<Call>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (client, calls) = (client.clone(), Arc::clone(&calls));
        tokio::spawn(async move {
            let answer = service_fn(move |request| lead(client.clone(), Arc::clone(&calls), request));
            // A client that goes away ends its connection, and nothing else.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

async fn lead(
    client: Client,
    calls: Arc<Mutex<Vec<Call>>>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let (mut head, body) = request.into_parts();
    calls.lock().unwrap_or_else(PoisonError::into_inner).push(Call {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
    });
    head.headers.remove(http::header::HOST);
    let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
    let answered = client.send(Request::from_parts(head, Body::from(body.to_vec()))).await;
    Ok(answered.unwrap_or_else(|failure| {
        let mut response = Response::new(Body::from(failure.to_string().into_bytes()));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    }))
}
