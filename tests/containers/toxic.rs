//! A way to an engine that is bad.

use std::path::PathBuf;
use std::time::Duration;

use eve::docker::DockerConfig;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// A socket that leads to the engine under test, slowly, and lets its connections be cut.
pub(crate) struct Toxic {
    dir: TempDir,
    cuts: watch::Sender<u64>,
}

impl Toxic {
    /// Each piece takes `delay` longer, and is small.
    pub(crate) fn listen(delay: Duration) -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let config = DockerConfig::from_env();
        let socket = PathBuf::from(config.host.strip_prefix("unix://").expect("the engine under test has a socket"));
        let listener = UnixListener::bind(dir.path().join("sock")).expect("the socket is free");
        let (cuts, cut) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(lead(near, socket.clone(), delay, cut.clone()));
            }
        });
        Self { dir, cuts }
    }

    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.dir.path().join("sock").display())
    }

    /// Cuts every connection that is open.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn lead(near: UnixStream, socket: PathBuf, delay: Duration, mut cut: watch::Receiver<u64>) {
    cut.mark_unchanged();
    let Ok(far) = UnixStream::connect(socket).await else { return };
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let both = async {
        tokio::join!(copy(near_read, far_write, delay), copy(far_read, near_write, delay));
    };
    tokio::select! {
        () = both => {}
        _ = cut.changed() => {}
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay: Duration) {
    let mut piece = vec![0; 64 * 1024];
    // Either side may go away at any time.
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        tokio::time::sleep(delay).await;
        if to.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
