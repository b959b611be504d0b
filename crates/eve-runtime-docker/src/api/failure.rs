//! What the engine's refusals mean.

use bollard::errors::Error as Cause;
use eve_core::{Code, Error, ErrorKind, codes};

/// What a part of a refusal's text means.
struct Meaning {
    part: &'static str,
    kind: ErrorKind,
    code: Code,
    hint: &'static str,
}

const fn means(part: &'static str, kind: ErrorKind, code: Code, hint: &'static str) -> Meaning {
    Meaning { part, kind, code, hint }
}

/// By parts of the engine's own text, in lower case: it has no codes. The first that fits counts.
static MEANINGS: [Meaning; 27] = [
    means("no space left on device", ErrorKind::Exhausted, codes::STATE_DISK_FULL, "make room on the engine's disk"),
    means(
        "port is already allocated",
        ErrorKind::Conflict,
        codes::PORT_TAKEN,
        "end what holds the port, or publish another one",
    ),
    means(
        "bind: address already in use",
        ErrorKind::Conflict,
        codes::PORT_TAKEN,
        "end what holds the port, or publish another one",
    ),
    means(
        "address already in use by container",
        ErrorKind::Conflict,
        codes::NETWORK_ADDRESS_TAKEN,
        "take the other container out of the network, and deploy again",
    ),
    means(
        "address already in use",
        ErrorKind::Conflict,
        codes::NETWORK_ADDRESS_TAKEN,
        "take the other container out of the network, and deploy again",
    ),
    means(
        "pool overlaps",
        ErrorKind::Conflict,
        codes::NETWORK_ADDRESS_TAKEN,
        "somebody took the subnet meanwhile: deploy again",
    ),
    means(
        "non-overlapping",
        ErrorKind::Exhausted,
        codes::NETWORK_EXHAUSTED,
        "remove networks, or give the engine more address pools",
    ),
    means(
        "no available ipv4 addresses",
        ErrorKind::Exhausted,
        codes::NETWORK_EXHAUSTED,
        "give environments larger subnets",
    ),
    means(
        "has active endpoints",
        ErrorKind::Conflict,
        codes::OBJECT_IN_USE,
        "take strangers' containers out of the network",
    ),
    means(
        "volume is in use",
        ErrorKind::Conflict,
        codes::OBJECT_IN_USE,
        "end strangers' containers that use the volume",
    ),
    means("toomanyrequests", ErrorKind::Exhausted, codes::IMAGE_RATE_LIMITED, "log in to the registry, or wait"),
    means(
        "unauthorized",
        ErrorKind::Denied,
        codes::IMAGE_DENIED,
        "check the image's name and the registry's credentials",
    ),
    means(
        "pull access denied",
        ErrorKind::Denied,
        codes::IMAGE_DENIED,
        "check the image's name and the registry's credentials",
    ),
    means(
        "no basic auth credentials",
        ErrorKind::Denied,
        codes::IMAGE_DENIED,
        "check the image's name and the registry's credentials",
    ),
    means(
        "requested access to the resource is denied",
        ErrorKind::Denied,
        codes::IMAGE_DENIED,
        "check the image's name and the registry's credentials",
    ),
    means("manifest unknown", ErrorKind::NotFound, codes::IMAGE_NOT_FOUND, "check the image's name and tag"),
    means("no such image", ErrorKind::NotFound, codes::IMAGE_NOT_FOUND, "check the image's name and tag"),
    means("not found: manifest", ErrorKind::NotFound, codes::IMAGE_NOT_FOUND, "check the image's name and tag"),
    means(
        "no such host",
        ErrorKind::Unavailable,
        codes::IMAGE_UNREACHABLE,
        "see whether the engine can reach the registry",
    ),
    means(
        "connection refused",
        ErrorKind::Unavailable,
        codes::IMAGE_UNREACHABLE,
        "see whether the engine can reach the registry",
    ),
    means(
        "network is unreachable",
        ErrorKind::Unavailable,
        codes::IMAGE_UNREACHABLE,
        "see whether the engine can reach the registry",
    ),
    means("could not find network", ErrorKind::NotFound, codes::NETWORK_MISSING, "somebody removed it: deploy again"),
    means(
        "not enough cpus",
        ErrorKind::Invalid,
        codes::PLAN_REFUSED,
        "ask for no more processors than the engine's machine has",
    ),
    means("range of cpus", ErrorKind::Invalid, codes::PLAN_REFUSED, "ask for no more processors than the machine has"),
    means("minimum memory", ErrorKind::Invalid, codes::PLAN_REFUSED, "let it have more memory: the engine has a least"),
    means(
        "executable file not found",
        ErrorKind::Failed,
        codes::WORKLOAD_CANNOT_START,
        "check the command: it is looked for inside the image",
    ),
    means(
        "oci runtime create failed",
        ErrorKind::Failed,
        codes::WORKLOAD_CANNOT_START,
        "the engine's own words say why",
    ),
];

/// Why something could not be done; `what` says what, as "the network cannot be made".
pub(crate) fn failure(what: impl Into<String>, cause: Cause) -> Error {
    let what = what.into();
    let text = match &cause {
        Cause::DockerResponseServerError { message, .. } => message.to_lowercase(),
        Cause::DockerStreamError { error } | Cause::DockerContainerWaitError { error, .. } => error.to_lowercase(),
        // It does answer, and in a way that this version cannot read.
        Cause::JsonDataError { .. } | Cause::JsonSerdeError { .. } | Cause::StrParseError { .. } => {
            return Error::failed(codes::BACKEND_IO, format!("{what}: the engine's answer cannot be read"))
                .with_source(cause);
        }
        _ => {
            return Error::unavailable(codes::BACKEND_UNAVAILABLE, format!("{what}: the engine does not answer"))
                .with_hint("see whether the engine runs, and whether this user may use its socket")
                .with_source(cause);
        }
    };
    let known = MEANINGS.iter().find(|meaning| text.contains(meaning.part));
    match known {
        Some(meaning) => {
            Error::new(meaning.kind, meaning.code.clone(), what).with_hint(meaning.hint).with_source(cause)
        }
        None if is_passing(&cause) => Error::unavailable(codes::BACKEND_UNAVAILABLE, what).with_source(cause),
        None => Error::failed(codes::BACKEND_IO, what).with_source(cause),
    }
}

/// True for an answer that says that the engine cannot answer now.
fn is_passing(cause: &Cause) -> bool {
    matches!(status(cause), Some(429 | 502..=504))
}

/// The status code of an answer, where there was one.
pub(super) fn status(cause: &Cause) -> Option<u16> {
    match cause {
        Cause::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// True if the engine says that something of this kind is not there.
pub(super) fn is_gone(cause: &Cause) -> bool {
    status(cause) == Some(404)
}

/// True if the engine says that an image is not there.
pub(super) fn is_no_image(cause: &Cause) -> bool {
    is_gone(cause) && says(cause, "No such image")
}

/// True if the engine says that a container is not there: it may also be its network or its program.
pub(super) fn is_no_container(cause: &Cause) -> bool {
    is_gone(cause) && says(cause, "No such container")
}

/// True if a refusal has these words.
pub(super) fn says(cause: &Cause, words: &str) -> bool {
    matches!(cause, Cause::DockerResponseServerError { message, .. } if message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status_code: u16, message: &str) -> Error {
        failure("it cannot be done", Cause::DockerResponseServerError { status_code, message: message.to_owned() })
    }

    #[test]
    fn the_engines_own_words_are_told_by_code() {
        for (text, code) in [
            (
                "driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:80 failed: port is already allocated",
                codes::PORT_TAKEN,
            ),
            ("Pool overlaps with other one on this address space", codes::NETWORK_ADDRESS_TAKEN),
            ("Address already in use", codes::NETWORK_ADDRESS_TAKEN),
            (
                "could not find an available, non-overlapping IPv4 address pool among the defaults",
                codes::NETWORK_EXHAUSTED,
            ),
            ("error while removing network: network x id y has active endpoints", codes::OBJECT_IN_USE),
            ("manifest for a:b not found: manifest unknown: manifest unknown", codes::IMAGE_NOT_FOUND),
            ("pull access denied for a, repository does not exist or may require 'docker login'", codes::IMAGE_DENIED),
            ("Get \"https://r.test/v2/\": dial tcp: lookup r.test: no such host", codes::IMAGE_UNREACHABLE),
            ("write /x: no space left on device", codes::STATE_DISK_FULL),
            (
                "OCI runtime create failed: exec: \"nope\": executable file not found in $PATH: unknown",
                codes::WORKLOAD_CANNOT_START,
            ),
            ("something new", codes::BACKEND_IO),
        ] {
            assert_eq!(refused(500, text).code(), &code, "{text}");
        }
    }

    #[test]
    fn what_may_pass_can_be_asked_again() {
        assert!(refused(503, "starting").is_retryable());
        assert!(!refused(500, "something new").is_retryable());
        assert!(failure("it cannot be done", Cause::RequestTimeoutError).is_retryable());
    }
}
