//! Headers that end at the proxy, and those that it adds.

use std::net::IpAddr;

use http::header::{
    CONNECTION, EXPECT, FORWARDED, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};

/// Carries the secret word of a confirmation to the proxy itself.
pub(crate) const CONFIRM: HeaderName = HeaderName::from_static("x-eve-confirm");
/// Names, in the answer to a confirmation, the instance that answered.
pub(crate) const INSTANCE: HeaderName = HeaderName::from_static("x-eve-instance");

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

static HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    KEEP_ALIVE,
    PROXY_CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];
/// What the proxy itself says of where a request came from.
static ORIGIN: [HeaderName; 5] = [FORWARDED, FORWARDED_FOR, FORWARDED_PROTO, FORWARDED_HOST, FORWARDED_PORT];

/// Removes what belongs to one connection only (RFC 9110, section 7.6.1).
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    remove_all(headers, &HOP_BY_HOP);
}

/// Most messages have none of them, which a look at their names tells faster than a search for each.
fn remove_all(headers: &mut HeaderMap, names: &[HeaderName]) {
    if headers.keys().any(|name| names.contains(name)) {
        for name in names {
            headers.remove(name);
        }
    }
}

/// The protocol that a message upgrades to.
pub(crate) fn upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let asked = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case("upgrade"));
    if asked { headers.get(UPGRADE).cloned() } else { None }
}

/// Says again that a message upgrades its connection.
pub(crate) fn set_upgrade(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocol);
}

/// Makes a client's headers those of a request to an instance.
pub(crate) fn lead_on(headers: &mut HeaderMap, host: Option<&HeaderValue>, client: IpAddr, trusted: bool) {
    remove_hop_by_hop(headers);
    // The proxy itself asks the client to go on, as soon as the instance wants the body.
    headers.remove(EXPECT);
    headers.remove(CONFIRM);
    if !trusted {
        remove_all(headers, &ORIGIN);
    }
    let before: Vec<_> = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
    let path = if before.is_empty() { client.to_string() } else { format!("{}, {client}", before.join(", ")) };
    if let Ok(value) = HeaderValue::try_from(path) {
        headers.insert(FORWARDED_FOR, value);
    }
    headers.entry(FORWARDED_PROTO).or_insert(HeaderValue::from_static("http"));
    if let Some(host) = host {
        headers.insert(HOST, host.clone());
        headers.entry(FORWARDED_HOST).or_insert_with(|| host.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v)));
        pairs.collect()
    }

    #[test]
    fn headers_of_one_connection_end_at_the_proxy() {
        let mut headers = map(&[
            ("connection", "close, X-Mine"),
            ("x-mine", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("accept", "*/*"),
        ]);
        remove_hop_by_hop(&mut headers);
        assert_eq!(headers, map(&[("accept", "*/*")]));
    }

    #[test]
    fn a_stranger_cannot_say_where_a_request_came_from() {
        let client = IpAddr::from([10, 0, 0, 1]);
        let sent = map(&[
            ("forwarded", "for=1.2.3.4"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
            ("x-eve-confirm", "guess"),
        ]);
        let mut headers = sent.clone();
        lead_on(&mut headers, Some(&HeaderValue::from_static("a.test")), client, false);
        assert_eq!(
            (&headers[FORWARDED_FOR], &headers[FORWARDED_PROTO]),
            (&"10.0.0.1".parse().unwrap(), &"http".parse().unwrap())
        );
        assert!([CONFIRM, FORWARDED, FORWARDED_PORT].iter().all(|name| !headers.contains_key(name)));
        let mut headers = sent;
        lead_on(&mut headers, Some(&HeaderValue::from_static("a.test")), client, true);
        assert_eq!(headers[FORWARDED_FOR], "1.2.3.4, 10.0.0.1");
        assert_eq!(headers[FORWARDED_PROTO], "https");
    }

    #[test]
    fn an_upgrade_needs_both_headers() {
        assert_eq!(
            upgrade(&map(&[("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")])).unwrap(),
            "websocket"
        );
        assert_eq!(upgrade(&map(&[("upgrade", "websocket")])), None);
        assert_eq!(upgrade(&map(&[("connection", "upgrade")])), None);
    }
}
