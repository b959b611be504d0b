//! Calls whose bodies hold secrets.
//!
//! The client library writes bodies into the program's log, both ways and in full. An environment with
//! secrets must not be there, so containers are made and looked at past it. Failures are its own, and are
//! read as those of every other call.

use std::time::Duration;

use bollard::errors::Error as Cause;
use bollard::models::{ContainerCreateBody, ContainerCreateResponse, ContainerInspectResponse};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::http::uri::Authority;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// Where an engine listens, and how long it may take to answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Private<'a> {
    pub(super) host: &'a str,
    pub(super) patience: Duration,
}

/// What the engine says when it refuses.
#[derive(Deserialize)]
struct Refusal {
    message: String,
}

impl Private<'_> {
    pub(super) async fn create(self, name: &str, body: &ContainerCreateBody) -> Result<ContainerCreateResponse, Cause> {
        self.call(Method::POST, &format!("/containers/create?name={name}"), serde_json::to_vec(body)?).await
    }

    pub(super) async fn inspect(self, id: &str) -> Result<ContainerInspectResponse, Cause> {
        self.call(Method::GET, &format!("/containers/{id}/json"), Vec::new()).await
    }

    /// Unpacks an archive inside a container, below a folder of it.
    pub(super) async fn put(self, id: &str, folder: &str, archive: Vec<u8>) -> Result<(), Cause> {
        let path = format!("/containers/{id}/archive?path={folder}&noOverwriteDirNonDir=1");
        self.ask(Method::PUT, &path, "application/x-tar", archive).await.map(drop)
    }

    async fn call<T: DeserializeOwned>(self, method: Method, path: &str, body: Vec<u8>) -> Result<T, Cause> {
        Ok(serde_json::from_slice(&self.ask(method, path, "application/json", body).await?)?)
    }

    async fn ask(self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Result<Bytes, Cause> {
        let authority = self.authority();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, authority.as_ref().map_or("localhost", Authority::as_str))
            .header(CONTENT_TYPE, kind)
            .body(Full::new(Bytes::from(body)))?;
        let answer = tokio::time::timeout(self.patience, Box::pin(self.send(request))).await;
        let (status, body) = answer.map_err(|_| Cause::RequestTimeoutError)??;
        if status.is_success() {
            return Ok(body);
        }
        let message = match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) => refusal.message,
            Err(_) => String::from_utf8_lossy(&body).into_owned(),
        };
        Err(Cause::DockerResponseServerError { status_code: status.as_u16(), message })
    }

    async fn send(self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Cause> {
        if let Some(path) = self.host.strip_prefix("unix://") {
            return exchange(UnixStream::connect(path).await?, request).await;
        }
        let authority =
            self.authority().ok_or_else(|| Cause::UnsupportedURISchemeError { uri: self.host.to_owned() })?;
        let name = authority.host().trim_start_matches('[').trim_end_matches(']');
        let address = (name, authority.port_u16().unwrap_or(80));
        exchange(TcpStream::connect(address).await?, request).await
    }

    /// Whom it is asked of over TCP; a path behind it is nobody's.
    fn authority(&self) -> Option<Authority> {
        let rest = ["tcp://", "http://"].iter().find_map(|scheme| self.host.strip_prefix(scheme))?;
        rest.split('/').next()?.parse().ok()
    }
}

/// One request and its answer on a connection of its own.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Cause>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the answer, or when nobody waits for that any more; what goes wrong is told there.
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    Ok((head.status, body.collect().await?.to_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_over_tcp_is_read_as_the_client_library_reads_it() {
        for (host, authority) in [
            ("tcp://10.0.0.1:2375", Some("10.0.0.1:2375")),
            ("tcp://[::1]:2375/", Some("[::1]:2375")),
            ("http://proxy/prefix", Some("proxy")),
            ("unix:///var/run/docker.sock", None),
            ("tcp://", None),
        ] {
            let asked = Private { host, patience: Duration::ZERO }.authority();
            assert_eq!(asked.as_ref().map(Authority::as_str), authority, "{host}");
        }
    }
}
