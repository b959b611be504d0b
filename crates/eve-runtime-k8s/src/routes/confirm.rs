//! Whether a Service leads to new pods, and to no others.

use std::time::Duration;

use eve_core::{Cancel, Deadline, Error, OpCx, Result, RouteId, codes};
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{Api, ListParams};
use tokio::net::TcpStream;

use super::note::Note;
use super::relay;
use crate::api::{Cluster, Kind, unavailable};
use crate::labels;

/// Longest time that a switch may take to be confirmed.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);
/// How long one answer may take.
pub(super) const ANSWER: Duration = Duration::from_secs(1);

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The Service of a route, and who is to answer behind it.
pub(super) struct Switched<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) namespace: &'a str,
    /// The Service's name.
    pub(super) service: &'a str,
    /// Its address in the cluster.
    pub(super) address: Option<&'a str>,
    /// The objects whose pods are to answer.
    pub(super) objects: Vec<String>,
    pub(super) note: &'a Note,
}

impl Switched<'_> {
    /// Waits until the cluster leads to pods of the new release alone, and one answers through the Service.
    pub(super) async fn confirm(&self, cx: &OpCx) -> Result<()> {
        let env = &*cx.env;
        let deadline = cx.deadline.earlier(Deadline::after(env, PATIENCE));
        loop {
            let asked = deadline.limit(env, "an answer through the Service", self.ask());
            let last: BoxError = tokio::select! {
                () = cx.cancel.cancelled() => return Err(Cancel::error()),
                asked = asking(asked) => match asked {
                    Ok(()) => return Ok(()),
                    Err(error) => error,
                },
            };
            if deadline.remaining(env) <= PAUSE {
                return Err(unconfirmed(&self.note.id).with_source(last));
            }
            env.sleep(PAUSE).await;
        }
    }

    async fn ask(&self) -> std::result::Result<(), BoxError> {
        self.slices().await?;
        let host = self.address.ok_or("the Service has no address")?;
        match tokio::time::timeout(ANSWER, TcpStream::connect((host, self.note.port))).await {
            Ok(Ok(stream)) => answers(stream, host, &self.note.confirm_path).await,
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Err(error.into()),
            // This may be outside of the cluster's network: then the cluster itself asks.
            _ => relay::answers(self.cluster, (self.namespace, self.service), self.note).await,
        }
    }

    /// That the cluster knows pods of the new release for it, and no others.
    async fn slices(&self) -> std::result::Result<(), BoxError> {
        let client = self.cluster.client();
        let api: Api<EndpointSlice> = Api::namespaced(client.clone(), self.namespace);
        let of_service = ListParams::default().labels(&format!("kubernetes.io/service-name={}", self.service));
        let slices = api.list(&of_service).await.map_err(|error| unavailable("listing endpoint slices", error))?;
        let endpoints = slices.items.iter().flat_map(|slice| slice.endpoints.iter().flatten());
        let names: Vec<&str> = endpoints
            .filter(|endpoint| endpoint.conditions.as_ref().is_none_or(|is| is.ready != Some(false)))
            .filter_map(|endpoint| endpoint.target_ref.as_ref()?.name.as_deref())
            .collect();
        if names.is_empty() {
            return Err("no pod is behind it yet".into());
        }
        let pods = self.cluster.list(Kind::Pod, self.namespace).await?;
        let is_new = |name: &&str| {
            let pod = pods.iter().find(|pod| pod.metadata.name.as_deref() == Some(name));
            let object = pod.and_then(|pod| labels::text(pod.metadata.labels.as_ref(), labels::OBJECT));
            object.is_some_and(|object| self.objects.iter().any(|new| new == object))
        };
        match names.iter().find(|name| !is_new(name)) {
            Some(old) => Err(format!("pod {old} is still behind it").into()),
            None => Ok(()),
        }
    }
}

async fn asking(
    asked: impl Future<Output = Result<std::result::Result<(), BoxError>>>,
) -> std::result::Result<(), BoxError> {
    asked.await?
}

/// That somebody answers at the other end.
async fn answers(stream: TcpStream, host: &str, path: &str) -> std::result::Result<(), BoxError> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driven = async {
        // It ends with its sender.
        let _ = connection.await;
    };
    let request = http::Request::get(path).header("host", host).body(Empty::<bytes::Bytes>::new())?;
    let asked = async {
        let answer = tokio::time::timeout(ANSWER, sender.send_request(request)).await;
        drop(sender);
        answer
    };
    let (answer, ()) = futures_util::future::join(asked, driven).await;
    match answer {
        Ok(Ok(_)) => Ok(()),
        // Not everybody speaks HTTP: where no health check says so, that a connection is taken is enough.
        _ if path == "/" => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        Err(late) => Err(late.into()),
    }
}

pub(super) fn unconfirmed(id: &RouteId) -> Error {
    Error::failed(codes::ROUTE_UNCONFIRMED, format!("no pod of the new release answered through {id}"))
        .with_hint("requests go where they went before; look at the pods' logs, and at the cause")
}
