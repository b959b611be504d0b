//! A server that answers when it is let go.

use eve_core::{Address, Incarnation, InstanceRef, ObjectId, ObjectName, RouteTarget};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server whose every answer is given by hand.
pub(crate) struct Hesitant(TcpListener);

impl Hesitant {
    pub(crate) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn target(&self) -> RouteTarget {
        let object = ObjectId::new("process", ObjectName::new("hesitant").unwrap());
        let port = self.0.local_addr().unwrap().port();
        let instance = InstanceRef::new(object, Incarnation::new(port.to_string()));
        RouteTarget { instance, address: Address::new("127.0.0.1", port) }
    }

    /// Waits for a request.
    pub(crate) async fn asked(&self) -> Asked {
        let (mut stream, _) = self.0.accept().await.unwrap();
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).await.unwrap();
            head.push(byte[0]);
        }
        Asked(stream)
    }
}

/// A request that waits for its answer.
pub(crate) struct Asked(TcpStream);

impl Asked {
    pub(crate) async fn answer(mut self) {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\nhesitant";
        self.0.write_all(answer.as_bytes()).await.unwrap();
        // The other side closes once it has read the answer.
        let _ = self.0.read(&mut [0]).await;
    }
}
