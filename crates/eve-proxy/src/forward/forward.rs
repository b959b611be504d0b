//! One request, from a client to an instance and back.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::{HOST, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;

use crate::forward::headers::{self, INSTANCE};
use crate::forward::refusal::Refusal;
use crate::forward::send::send;
use crate::forward::tunnel::tunnel;
use crate::forward::{CONFIRM, ResponseBody};
use crate::instance::Claim;
use crate::server::{Door, Guest, Shared};
use crate::table::{Table, Target};

/// Answers one request of a client.
pub(crate) async fn forward(
    shared: &Shared,
    guest: &Arc<Guest>,
    mut request: Request<Incoming>,
) -> Response<ResponseBody> {
    if request.method() == Method::CONNECT {
        return Refusal::Method.response();
    }
    if request.headers().get_all(HOST).iter().count() > 1 {
        return Refusal::Hosts.response();
    }
    let word = request.headers_mut().remove(CONFIRM);
    let authority = authority(&request);
    let found = |table: &Table| match &*guest.door {
        Door::Public => table.find(&host(authority.as_ref()?.to_str().ok()?), request.uri().path()).cloned(),
        Door::Internal(key) => table.get(key).cloned(),
    };
    let confirmed = word.as_ref().and_then(|word| shared.confirmations.get(word));
    // A confirmation comes the way that every answer will come: by this door, host and path.
    let ahead = confirmed
        .as_ref()
        .filter(|asked| found(&shared.board.table()).is_some_and(|route| route.key == asked.key))
        .and_then(|asked| asked.claim_ahead());
    let claimed = ahead.unwrap_or_else(|| shared.board.claim(found));
    let (target, claim) = match claimed {
        Ok(claimed) => claimed,
        Err(refused) => return Refusal::from(refused).response(),
    };
    let trusted = shared.config.trust_forwarded || matches!(*guest.door, Door::Internal(_));
    let (request, upgrade) = outgoing(request, authority.as_ref(), guest.peer, trusted);
    let mut response = pass(shared, guest, &target, claim, request, upgrade, confirmed.is_none()).await;
    if confirmed.is_some()
        && let Ok(tag) = HeaderValue::from_str(target.instance.tag())
        && response.extensions().get::<Answered>().is_some()
    {
        response.headers_mut().insert(INSTANCE, tag);
    }
    response
}

/// Marks an answer that came from an instance.
#[derive(Debug, Clone, Copy)]
struct Answered;

/// The client's end of an upgrade, with the protocol that it asks for.
type Upgrade = (HeaderValue, OnUpgrade);

/// Makes a client's request one to an instance.
fn outgoing(
    mut request: Request<Incoming>,
    authority: Option<&HeaderValue>,
    client: IpAddr,
    trusted: bool,
) -> (Request<Incoming>, Option<Upgrade>) {
    let upgrade = headers::upgrade(request.headers())
        .filter(|_| request.version() == Version::HTTP_11)
        .map(|protocol| (protocol, hyper::upgrade::on(&mut request)));
    let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from(path);
    *request.version_mut() = Version::HTTP_11;
    request.extensions_mut().clear();
    headers::lead_on(request.headers_mut(), authority, client, trusted);
    if let Some((protocol, _)) = &upgrade {
        headers::set_upgrade(request.headers_mut(), protocol.clone());
    }
    (request, upgrade)
}

async fn pass(
    shared: &Shared,
    guest: &Arc<Guest>,
    target: &Arc<Target>,
    mut claim: Claim,
    mut request: Request<Incoming>,
    upgrade: Option<Upgrade>,
    counts: bool,
) -> Response<ResponseBody> {
    // HTTP/1.1 demands a host, and a client of version 1.0 may have sent none.
    if !request.headers().contains_key(HOST)
        && let Ok(host) = HeaderValue::try_from(target.address.to_string())
    {
        request.headers_mut().insert(HOST, host);
    }
    let (mut response, lease) = match send(shared, target, request, upgrade.is_some()).await {
        Ok(answered) => answered,
        Err(error) => {
            let cut = target.instance.cut_token().is_cancelled();
            tracing::debug!(error, instance = %target.instance.who(), cut, "an instance did not answer");
            return if cut { Refusal::Cut } else { Refusal::Unreachable }.response();
        }
    };
    if counts {
        claim.answered();
    }
    response.headers_mut().remove(INSTANCE);
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let Some((_, client)) = upgrade else { return Refusal::Unreachable.response() };
        let protocol = headers::upgrade(response.headers());
        let upstream = hyper::upgrade::on(&mut response);
        headers::remove_hop_by_hop(response.headers_mut());
        if let Some(protocol) = protocol {
            headers::set_upgrade(response.headers_mut(), protocol);
        }
        let tunnel = tunnel(client, upstream, claim, shared.abort.clone());
        let permit = Arc::clone(&guest.permit);
        shared.tasks.spawn(async move {
            tunnel.await;
            drop(permit);
        });
        return response.map(|_| ResponseBody::text(""));
    }
    headers::remove_hop_by_hop(response.headers_mut());
    *response.version_mut() = Version::HTTP_11;
    response.extensions_mut().insert(Answered);
    response.map(|body| ResponseBody::passing(body, claim, lease, Arc::clone(guest)))
}

/// The host that a request is for, as its target or its `Host` header says; visible ASCII.
fn authority<B>(request: &Request<B>) -> Option<HeaderValue> {
    match request.uri().authority() {
        Some(authority) => HeaderValue::from_str(authority.as_str()).ok(),
        None => request.headers().get(HOST).filter(|host| host.to_str().is_ok()).cloned(),
    }
}

/// The host without port, user and final dot, in lower case.
fn host(authority: &str) -> Cow<'_, str> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host,
    };
    let host = host.trim_end_matches('.');
    if host.bytes().any(|b| b.is_ascii_uppercase()) { host.to_ascii_lowercase().into() } else { host.into() }
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn a_host_is_compared_without_port_and_case() {
        for text in ["web.lvh.me", "WEB.lvh.me:8080", "web.lvh.me.", "web.lvh.me.:80", "u:p@web.lvh.me:1"] {
            assert_eq!(host(text), "web.lvh.me", "{text}");
        }
    }
}
