//! An engine that is not on this machine, as far as Eve can tell: the one under test, over TCP.

use eve_runtime_docker::DockerConfig;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};

/// The same engine over TCP, for as long as the test's executor runs.
pub(crate) async fn over_tcp(config: DockerConfig) -> DockerConfig {
    let Some(path) = config.host.strip_prefix("unix://").map(str::to_owned) else { return config };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let path = path.clone();
            tokio::spawn(async move {
                if let Ok(mut far) = UnixStream::connect(path).await {
                    // Either side may go away whenever it likes.
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
    });
    config.with_host(format!("tcp://{address}"))
}
