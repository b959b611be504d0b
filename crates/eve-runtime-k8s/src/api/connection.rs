//! How a cluster is reached.

use std::time::Duration;

use http::uri::Scheme;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::retry::RetryPolicy;
use kube::client::{ClientBuilder, ConfigExt as _};
use kube::{Client, Config};
use tower::buffer::BufferLayer;
use tower::retry::RetryLayer;
use tower::{BoxError, ServiceBuilder};

/// How many requests may wait for their turn.
const AT_ONCE: usize = 1024;
/// When it is asked whether a connection that nothing came over is still one, and how long the answer may take.
const QUIET: Duration = Duration::from_secs(30);
const ANSWER: Duration = Duration::from_secs(15);

/// A client that asks over one connection whatever is asked at once, where the cluster speaks HTTP/2: a handshake costs more
/// than most answers. The first request has to be alone for that: until it is answered, nobody knows what is spoken.
///
/// # Errors
/// What is wrong with certificates and tokens.
pub(super) fn shared(config: &Config) -> kube::Result<Client> {
    let is_usual = config.cluster_url.scheme() == Some(&Scheme::HTTPS);
    if !is_usual || config.proxy_url.is_some() || config.tls_server_name.is_some() {
        return single(config);
    }
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(config.connect_timeout);
    let tls = HttpsConnectorBuilder::new().with_tls_config(config.rustls_client_config()?);
    let hyper = HyperClient::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .http2_keep_alive_interval(QUIET)
        .http2_keep_alive_timeout(ANSWER)
        .build(tls.https_only().enable_http1().enable_http2().wrap_connector(tcp));
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(RetryPolicy::default()))
        .layer(BufferLayer::new(AT_ONCE))
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(hyper);
    Ok(Client::new(service, config.default_namespace.clone()))
}

/// A client with a connection for each request that is under way: the only way to change what a connection is for.
///
/// # Errors
/// What is wrong with certificates and tokens.
pub(super) fn single(config: &Config) -> kube::Result<Client> {
    let client = ClientBuilder::try_from(config.clone())?
        .with_layer(&BufferLayer::new(AT_ONCE))
        .with_layer(&RetryLayer::new(RetryPolicy::default()))
        .build();
    Ok(client)
}
