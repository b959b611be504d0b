//! The Engine API without a client in between.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::Failure;
use crate::image::IMAGE;

/// The label of whatever is made without a client.
const LABEL: &str = "eve.bench";

/// A connection to an engine.
pub(crate) trait Connection: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Connection for T {}

/// A Docker Engine, asked by plain HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    host: String,
    /// Tells this run's objects from those of others.
    run: String,
}

impl Engine {
    pub(crate) fn new(host: &str, run: &str) -> Self {
        Self { host: host.to_owned(), run: run.to_owned() }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The socket in the file system, if it listens on one.
    pub(crate) fn socket(&self) -> Option<&str> {
        self.host.strip_prefix("unix://")
    }

    /// Where it listens on the network, if it does.
    pub(crate) fn address(&self) -> Option<&str> {
        self.host.strip_prefix("tcp://").or_else(|| self.host.strip_prefix("http://"))
    }

    pub(crate) async fn connect(&self) -> Result<Box<dyn Connection>, Failure> {
        match (self.socket(), self.address()) {
            (Some(socket), _) => Ok(Box::new(UnixStream::connect(socket).await?)),
            (_, Some(address)) => Ok(Box::new(TcpStream::connect(address).await?)),
            _ => Err(format!("{} is neither unix:// nor tcp://", self.host).into()),
        }
    }

    /// One call, on a connection of its own.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(self.connect().await?)).await?;
        tokio::spawn(connection);
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder().method(method).uri(path).header("host", "docker");
        let request = request.header("content-type", "application/json").body(Full::new(Bytes::from(body)))?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if !status.is_success() && status != http::StatusCode::NOT_MODIFIED {
            return Err(format!("{method} {path} answers {status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// How long one container takes to be made and started: the part of everything that no client can
    /// make faster.
    pub(crate) async fn probe(&self) -> Result<Duration, Failure> {
        let begin = Instant::now();
        let id = self.create("bridge", "probe").await?;
        self.start(&id).await?;
        let took = begin.elapsed();
        self.remove_container(&id).await?;
        Ok(took)
    }

    pub(crate) async fn create_network(&self, name: &str) -> Result<String, Failure> {
        let body = json!({ "Name": name, "Driver": "bridge", "CheckDuplicate": true, "Labels": { LABEL: self.run } });
        id(&self.call("POST", "/networks/create", Some(body)).await?)
    }

    /// Makes a container like those of the inputs.
    pub(crate) async fn create(&self, network: &str, name: &str) -> Result<String, Failure> {
        const SLEEP: &str = "trap \"exit 0\" TERM; while :; do sleep 3600 & wait $!; done";
        let aliases = if network == "bridge" { json!([]) } else { json!([name]) };
        let body = json!({
            "Image": IMAGE,
            "Cmd": ["/bin/sh", "-c", SLEEP],
            "Env": ["A=0"],
            "StopTimeout": 1,
            "Labels": { LABEL: self.run },
            "HostConfig": { "NetworkMode": network },
            "NetworkingConfig": { "EndpointsConfig": { network: { "Aliases": aliases } } },
        });
        let path = format!("/containers/create?name={}-{name}", self.run);
        id(&self.call("POST", &path, Some(body)).await?)
    }

    pub(crate) async fn start(&self, id: &str) -> Result<(), Failure> {
        self.call("POST", &format!("/containers/{id}/start"), None).await.map(drop)
    }

    pub(crate) async fn stop(&self, id: &str) -> Result<(), Failure> {
        self.call("POST", &format!("/containers/{id}/stop?t=1"), None).await.map(drop)
    }

    pub(crate) async fn remove_container(&self, id: &str) -> Result<(), Failure> {
        self.call("DELETE", &format!("/containers/{id}?force=true&v=true"), None).await.map(drop)
    }

    /// Removes a network. The engine may take a moment to see that those who were in it are gone.
    pub(crate) async fn remove_network(&self, id: &str) -> Result<(), Failure> {
        const PATIENCE: Duration = Duration::from_secs(10);
        const PAUSE: Duration = Duration::from_millis(20);
        let begin = Instant::now();
        loop {
            match self.call("DELETE", &format!("/networks/{id}"), None).await {
                Err(failure) if begin.elapsed() > PATIENCE => return Err(failure),
                Err(_) => tokio::time::sleep(PAUSE).await,
                Ok(_) => return Ok(()),
            }
        }
    }

    /// The ids of the containers that bear a label; of those that run alone, if that is asked for.
    pub(crate) async fn containers(&self, label: &str, all: bool) -> Result<Vec<String>, Failure> {
        let path = format!("/containers/json?all={all}&filters={}", filter(label));
        Ok(ids(&self.call("GET", &path, None).await?))
    }

    /// Removes whatever bears a label.
    pub(crate) async fn sweep(&self, label: &str) -> Result<(), Failure> {
        for id in self.containers(label, true).await? {
            self.remove_container(&id).await?;
        }
        let networks = self.call("GET", &format!("/networks?filters={}", filter(label)), None).await?;
        for id in ids(&networks) {
            self.remove_network(&id).await?;
        }
        Ok(())
    }

    /// The label of whatever was made without a client.
    pub(crate) fn label(&self) -> String {
        format!("{LABEL}={}", self.run)
    }
}

/// The condition that a label is borne, as a part of an address.
fn filter(label: &str) -> String {
    let label = label.replace('=', "%3D").replace('/', "%2F");
    format!("%7B%22label%22%3A%5B%22{label}%22%5D%7D")
}

fn id(made: &Value) -> Result<String, Failure> {
    Ok(made["Id"].as_str().ok_or("the engine names no id of what it made")?.to_owned())
}

fn ids(listed: &Value) -> Vec<String> {
    let all = listed.as_array().into_iter().flatten();
    all.filter_map(|one| Some(one["Id"].as_str()?.to_owned())).collect()
}
