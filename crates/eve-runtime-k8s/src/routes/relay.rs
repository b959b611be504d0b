//! Asking a Service by way of the cluster itself.

use eve_core::RouteSpec;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Collected, Limited};
use kube::client::Body;
use kube::core::response::Status;

use super::answer::{ANSWER, Said};
use crate::api::Cluster;

/// How much of an answer is looked at.
const MOST: usize = 64 << 10;

/// Asks behind a Service by way of the API server: where its address cannot be reached from here. That needs a right of
/// its own, `get` of `services/proxy`; without it nothing is said.
pub(super) async fn ask(cluster: &Cluster, (namespace, service): (&str, &str), route: &RouteSpec) -> Said {
    let (port, path) = (route.port, &route.confirm_path);
    let uri = format!("/api/v1/namespaces/{namespace}/services/{service}:{port}/proxy{path}");
    let request = match Request::get(uri).body(Body::empty()) {
        Ok(request) => request,
        Err(error) => return Said::Nothing(error.into()),
    };
    let asked = async {
        let (head, body) = cluster.client().send(request).await?.into_parts();
        let body = Limited::new(body, MOST).collect().await;
        Ok::<_, kube::Error>((head.status, body.map(Collected::to_bytes).unwrap_or_default()))
    };
    let (status, body) = match tokio::time::timeout(ANSWER, asked).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(error)) => return Said::Nothing(error.into()),
        Err(late) => return Said::Nothing(late.into()),
    };
    match refusal(status, &body) {
        None => Said::Answer,
        Some(text) if path == "/" && was_taken(&text) => Said::Answer,
        Some(text) if status == StatusCode::FORBIDDEN => Said::Nothing(text.into()),
        Some(text) => Said::Refused(text.into()),
    }
}

/// What the cluster itself says; none if it is the pod's own answer, whatever that is.
fn refusal(status: StatusCode, body: &[u8]) -> Option<String> {
    if status.is_success() {
        return None;
    }
    let said: serde_json::Value = serde_json::from_slice(body).ok()?;
    if said["kind"] != "Status" || said["apiVersion"] != "v1" {
        return None;
    }
    let said: Status = serde_json::from_value(said).ok()?;
    Some(said.message)
}

/// True if a connection was taken, by somebody who does not speak HTTP: where no health check says that he should, that
/// is enough.
fn was_taken(text: &str) -> bool {
    text.contains("error trying to reach service") && text.contains("malformed HTTP")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_clusters_own_word_is_no_answer_and_the_pods_is_one() {
        let status = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 503,
            "reason": "ServiceUnavailable", "metadata": {}, "message": "no endpoints available for service \"web:80\"" });
        assert!(refusal(StatusCode::SERVICE_UNAVAILABLE, status.to_string().as_bytes()).is_some());
        assert_eq!(refusal(StatusCode::SERVICE_UNAVAILABLE, b"not now"), None);
        assert_eq!(refusal(StatusCode::NOT_FOUND, b"{}"), None);
        assert_eq!(refusal(StatusCode::OK, status.to_string().as_bytes()), None);
    }

    #[test]
    fn a_connection_that_nobody_took_is_no_answer() {
        assert!(was_taken("error trying to reach service: net/http: HTTP/1.x transport: malformed HTTP response"));
        assert!(!was_taken("error trying to reach service: dial tcp 10.0.0.1:80: connect: connection refused"));
    }
}
