use super::PullFault;

#[test]
fn texts_of_every_container_runtime_are_told_apart() {
    for (text, fault) in [
        (
            r#"Failed to pull image "r.test/a:nope": rpc error: code = NotFound desc = failed to pull and unpack image "r.test/a:nope": failed to resolve reference "r.test/a:nope": r.test/a:nope: not found"#,
            PullFault::NotFound,
        ),
        ("manifest for nginx:nope not found: manifest unknown: manifest unknown", PullFault::NotFound),
        ("reading manifest nope in docker.io/library/nginx: manifest unknown", PullFault::NotFound),
        (
            "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
            PullFault::Denied,
        ),
        (
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 403 Forbidden",
            PullFault::Denied,
        ),
        ("unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 401 Unauthorized", PullFault::Denied),
        (
            "429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
            PullFault::RateLimited,
        ),
        (
            r#"failed to do request: Head "https://r.invalid/v2/a/manifests/1": dial tcp: lookup r.invalid on 10.0.0.2:53: no such host"#,
            PullFault::Absent,
        ),
        ("dial tcp 127.0.0.1:1: connect: connection refused", PullFault::Absent),
        ("dial tcp 10.9.9.9:443: i/o timeout", PullFault::Unwell),
        ("dial tcp: lookup r.test: Temporary failure in name resolution", PullFault::Unwell),
        ("received unexpected HTTP status: 503 Service Unavailable", PullFault::Unwell),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", PullFault::Untrusted),
        ("http: server gave HTTP response to HTTPS client", PullFault::Untrusted),
        ("no match for platform in manifest: not found", PullFault::WrongPlatform),
        ("failed to copy: write /var/lib/x: no space left on device", PullFault::NoSpace),
        ("something that nobody has heard of", PullFault::Other),
    ] {
        assert_eq!(PullFault::of(text), fault, "{text}");
    }
}
