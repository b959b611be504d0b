//! The example's services: `api`, and `web`, which calls it.

use std::convert::Infallible;
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::load;

/// Serves until it is ended. A release whose first word is followed by `crash` ends at once.
pub(crate) async fn serve(name: &str) -> ExitCode {
    let text = std::fs::read_to_string("release.txt").unwrap_or_else(|_| "unknown".to_owned());
    let mut words = text.split_whitespace();
    let release = words.next().unwrap_or("unknown").to_owned();
    println!("{name} of release {release} starts");
    if words.next() == Some("crash") {
        println!("reading the configuration");
        eprintln!("fatal: the configuration has no key `listen`");
        return ExitCode::from(7);
    }
    let port = std::env::var("PORT").ok().and_then(|port| port.parse::<u16>().ok()).unwrap_or(0);
    // A container is reached from outside of itself.
    let host = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1".to_owned());
    let listener = match TcpListener::bind((host.as_str(), port)).await {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("fatal: cannot listen on port {port}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let name: &'static str = if name == "web" { "web" } else { "api" };
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let release = release.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| answer(name, release.clone(), request));
            // A client that goes away ends its connection, and nothing else.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

async fn answer(
    name: &'static str,
    release: String,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = match (name, request.uri().path()) {
        (_, "/healthz") => (StatusCode::OK, "ok".to_owned()),
        (_, "/slow") => {
            tokio::time::sleep(Duration::from_secs(2)).await;
            (StatusCode::OK, format!("{name} {release}"))
        }
        ("web", _) => match call_api().await {
            Ok(api) => (StatusCode::OK, format!("web {release}, {api}")),
            Err(error) => (StatusCode::BAD_GATEWAY, error),
        },
        _ if std::env::var_os("TOKEN").is_some() => (StatusCode::OK, format!("api {release}")),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "api has no TOKEN".to_owned()),
    };
    let response = Response::builder().status(status).header("x-release", release).body(Full::new(Bytes::from(body)));
    Ok(response.unwrap_or_else(|_| Response::new(Full::new(Bytes::new()))))
}

/// Asks `api` for its release, at the stable address that the environment gave.
async fn call_api() -> Result<String, String> {
    let url = std::env::var("API_URL").map_err(|_| "web has no API_URL".to_owned())?;
    let authority = url.strip_prefix("http://").unwrap_or(&url).trim_end_matches('/').to_owned();
    let answer = load::get(&authority, &authority, "/").await.map_err(|e| format!("api does not answer: {e}"))?;
    if answer.status.is_success() {
        Ok(answer.body)
    } else {
        Err(format!("api answers {}: {}", answer.status, answer.body))
    }
}
