//! A Docker Engine, asked behind Eve's back.

use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use eve::Digest;
use eve::docker::DockerConfig;
use serde_json::Value;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A Docker Engine, asked behind Eve's back and without a library: whoever counts must not hang on what
/// is counted. It blocks, so that what a trial made can be removed when the trial is dropped.
#[derive(Debug)]
pub(crate) struct DockerEngine {
    host: String,
}

/// Something that an engine has.
#[derive(Debug)]
pub(crate) struct Thing {
    kind: Kind,
    id: String,
    about: String,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Container,
    Network,
    Volume,
    Image,
}

impl DockerEngine {
    /// The one that `DOCKER_HOST` names, or the system's own.
    pub(crate) fn from_env() -> Self {
        Self { host: DockerConfig::from_env().host }
    }

    /// The containers, networks and volumes of the engine's owner that works in a trial's directory.
    pub(crate) fn owned(&self, dir: &Path) -> io::Result<Vec<Thing>> {
        match fs::read_to_string(dir.join("state/docker.owner")) {
            Ok(owner) => {
                let label = format!("eve.owner={}", owner.trim_end());
                let kinds = [Kind::Container, Kind::Network, Kind::Volume];
                let things = kinds.into_iter().map(|kind| self.labelled(kind, &label));
                things.collect::<io::Result<Vec<_>>>().map(|things| things.into_iter().flatten().collect())
            }
            // It was never opened.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The images with a label.
    pub(crate) fn images(&self, label: &str) -> io::Result<Vec<Thing>> {
        self.labelled(Kind::Image, label)
    }

    fn labelled(&self, kind: Kind, label: &str) -> io::Result<Vec<Thing>> {
        let filters = encoded(&format!("{{\"label\":[\"{label}\"]}}"));
        let answer = self.call("GET", &format!("/{}?all=1&filters={filters}", kind.listed()))?;
        let list = if matches!(kind, Kind::Volume) { &answer["Volumes"] } else { &answer };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let thing = |one: &Value| {
            let id = if matches!(kind, Kind::Volume) { text(&one["Name"]) } else { text(&one["Id"]) };
            let name = one["Names"][0].as_str().or_else(|| one["Name"].as_str()).unwrap_or(&id);
            let about = format!("{name} {}", text(&one["Status"])).trim_end().to_owned();
            Thing { kind, id, about }
        };
        Ok(list.as_array().into_iter().flatten().map(thing).collect())
    }

    pub(crate) fn remove(&self, thing: &Thing) -> io::Result<()> {
        let more = if matches!(thing.kind, Kind::Container) { "&v=1" } else { "" };
        self.call("DELETE", &format!("/{}/{}?force=1{more}", thing.kind.path(), thing.id)).map(drop)
    }

    /// Ends what runs in a container by SIGKILL.
    pub(crate) fn kill(&self, container: &str) -> io::Result<()> {
        self.call("POST", &format!("/containers/{container}/kill")).map(drop)
    }

    /// The engine's own address on its default bridge: containers of every network reach it.
    pub(crate) fn gateway(&self) -> io::Result<IpAddr> {
        let bridge = self.call("GET", "/networks/bridge")?;
        let gateway = bridge["IPAM"]["Config"][0]["Gateway"].as_str().and_then(|text| text.parse().ok());
        gateway.ok_or_else(|| io::Error::other("the engine's default bridge has no address"))
    }

    /// One call on a connection of its own.
    fn call(&self, method: &str, path: &str) -> io::Result<Value> {
        let told = match self.host.split_once("://") {
            Some(("unix", path_of_socket)) => {
                let socket = UnixStream::connect(path_of_socket)?;
                socket.set_read_timeout(Some(PATIENCE))?;
                told(socket, method, path)
            }
            Some((_, address)) => {
                let stream = TcpStream::connect(address)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                told(stream, method, path)
            }
            None => Err(io::Error::other("neither unix:// nor tcp://")),
        };
        told.map_err(|error| io::Error::other(format!("{method} {path} at {}: {error}", self.host)))
    }
}

impl Thing {
    /// An image by its id.
    pub(super) fn image(id: &Digest) -> Self {
        Self { kind: Kind::Image, id: id.to_string(), about: id.to_string() }
    }
}

/// In HTTP/1.0 an answer ends with its connection, and comes in one piece.
fn told(mut stream: impl Read + Write, method: &str, path: &str) -> io::Result<Value> {
    write!(stream, "{method} {path} HTTP/1.0\r\nhost: docker\r\ncontent-length: 0\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| io::Error::other("no answer"))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') {
        return Ok(serde_json::from_str(body).unwrap_or(Value::Null));
    }
    Err(io::Error::other(format!("{status} {}", body.trim_end())))
}

fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

impl Kind {
    fn path(self) -> &'static str {
        match self {
            Self::Container => "containers",
            Self::Network => "networks",
            Self::Volume => "volumes",
            Self::Image => "images",
        }
    }

    fn listed(self) -> &'static str {
        match self {
            Self::Container => "containers/json",
            Self::Image => "images/json",
            Self::Network | Self::Volume => self.path(),
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.about)
    }
}
