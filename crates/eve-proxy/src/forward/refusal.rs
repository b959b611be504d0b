//! Answers of the proxy's own.

use eve_core::{Code, codes};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};

use crate::forward::ResponseBody;
use crate::table::Refused;

/// Why the proxy answers instead of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No route has the request's host and path.
    NoRoute,
    /// The route leads to no instance.
    NoTarget,
    /// The instance could not be reached, or broke off before it answered.
    Unreachable,
    /// The drain's deadline passed before the instance answered.
    Cut,
    /// The method is none that a gateway serves.
    Method,
    /// The request names several hosts: which of them is meant, nobody can tell.
    Hosts,
}

impl Refusal {
    fn parts(self) -> (StatusCode, Option<Code>, &'static str) {
        match self {
            Self::NoRoute => (StatusCode::NOT_FOUND, Some(codes::ROUTE_UNKNOWN), "no route has this host and path"),
            Self::NoTarget => {
                (StatusCode::SERVICE_UNAVAILABLE, Some(codes::ROUTE_NO_TARGET), "the route leads to no instance")
            }
            Self::Unreachable => {
                (StatusCode::BAD_GATEWAY, Some(codes::BACKEND_UNAVAILABLE), "the instance did not answer")
            }
            Self::Cut => (
                StatusCode::GATEWAY_TIMEOUT,
                Some(codes::DRAIN_INCOMPLETE),
                "the instance was drained before it answered",
            ),
            Self::Hosts => (StatusCode::BAD_REQUEST, None, "the request has more than one host"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, None, "this is no forward proxy"),
        }
    }

    pub(crate) fn response(self) -> Response<ResponseBody> {
        let (status, code, text) = self.parts();
        let text = code.map_or_else(|| format!("{text}\n"), |code| format!("{code}: {text}\n"));
        let mut response = Response::new(ResponseBody::text(text));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NoRoute => Self::NoRoute,
            Refused::NoTarget => Self::NoTarget,
        }
    }
}
