//! What the text of a failed pull means. Every container runtime writes its own.

use eve_core::{Code, codes};

use crate::diagnosis::report::mentions;

/// Why an image could not be pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PullFault {
    NotFound,
    Denied,
    RateLimited,
    /// Nobody is there: no such name, or the connection is refused.
    Absent,
    /// It may be there, and does not answer in time or well.
    Unwell,
    Untrusted,
    WrongPlatform,
    NoSpace,
    Signature,
    Other,
}

impl PullFault {
    /// Reads the text of a failed pull. What is more certain is looked for first.
    pub(super) fn of(text: &str) -> Self {
        const MEANINGS: &[(&[&str], PullFault)] = &[
            (&["toomanyrequests", "429 too many", "too many requests", "rate limit"], PullFault::RateLimited),
            (&["no space left on device", "disk quota exceeded"], PullFault::NoSpace),
            (
                &["no match for platform", "no matching manifest for", "does not match the specified platform"],
                PullFault::WrongPlatform,
            ),
            (
                &["signature validation", "no signature", "signature verification", "signatureerror"],
                PullFault::Signature,
            ),
            (
                &[
                    "x509:",
                    "certificate signed by",
                    "gave http response to https client",
                    "tls: failed to verify",
                    "tls: handshake failure",
                    "certificate is not",
                ],
                PullFault::Untrusted,
            ),
            (
                &[
                    "401 unauthorized",
                    "403 forbidden",
                    "unauthorized",
                    "authentication required",
                    "no basic auth credentials",
                    "access denied",
                    "access to the resource is denied",
                    "insufficient_scope",
                    "authorization failed",
                    "failed to authorize",
                    "denied:",
                    "invalid username",
                ],
                PullFault::Denied,
            ),
            (
                &[
                    "no such host",
                    "name or service not known",
                    "nxdomain",
                    "connection refused",
                    "no route to host",
                    "network is unreachable",
                    "missing port in address",
                ],
                PullFault::Absent,
            ),
            (
                &[
                    "i/o timeout",
                    "deadline exceeded",
                    "timed out",
                    "timeout",
                    "connection reset",
                    "server misbehaving",
                    "temporary failure in name resolution",
                    "unexpected eof",
                    ": eof",
                    "500 internal",
                    "502 bad",
                    "503 service",
                    "504 gateway",
                    "unexpected status code 5",
                    "unexpected http status: 5",
                ],
                PullFault::Unwell,
            ),
            (
                &[
                    "manifest unknown",
                    "manifest_unknown",
                    "name unknown",
                    "name_unknown",
                    "repository name not known",
                    "code = notfound",
                    "not found",
                    "404",
                    "does not exist",
                ],
                PullFault::NotFound,
            ),
        ];
        MEANINGS.iter().find(|(parts, _)| mentions(text, parts)).map_or(Self::Other, |(_, fault)| *fault)
    }

    pub(super) fn code(self) -> Code {
        match self {
            Self::NotFound => codes::IMAGE_NOT_FOUND,
            Self::Denied => codes::IMAGE_DENIED,
            Self::RateLimited => codes::IMAGE_RATE_LIMITED,
            Self::Absent | Self::Unwell => codes::IMAGE_UNREACHABLE,
            Self::Untrusted => codes::IMAGE_UNTRUSTED_REGISTRY,
            Self::WrongPlatform => codes::IMAGE_WRONG_PLATFORM,
            Self::NoSpace => codes::IMAGE_NO_SPACE,
            Self::Signature => codes::IMAGE_SIGNATURE,
            Self::Other => codes::IMAGE_PULL_FAILED,
        }
    }

    pub(super) fn means(self) -> &'static str {
        match self {
            Self::NotFound => "the registry does not have it",
            Self::Denied => "the registry refuses it for want of credentials, or does not have it",
            Self::RateLimited => "the registry has handed out too many for now",
            Self::Absent => "nobody answers under the registry's name",
            Self::Unwell => "the registry does not answer in time or well",
            Self::Untrusted => "the registry's certificate is not trusted",
            Self::WrongPlatform => "there is none for the node's platform",
            Self::NoSpace => "the node has no space left for it",
            Self::Signature => "its signature is missing or wrong",
            Self::Other => "the pull failed",
        }
    }

    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::NotFound => "check the image's name and tag, and that it was pushed",
            Self::Denied => {
                "name a pull secret for this registry in the pod or its service account, and check the image's name"
            }
            Self::RateLimited => "pull with credentials or from a mirror, or wait",
            Self::Absent => "check the registry's name in the image, then the name server and network of the nodes",
            Self::Unwell => "look after the registry, and the name server and network between it and the nodes",
            Self::Untrusted => {
                "give the registry a certificate that the nodes trust, or the nodes the registry's authority"
            }
            Self::WrongPlatform => "build the image for the nodes' platform, or choose nodes by kubernetes.io/arch",
            Self::NoSpace => "free disk space on the node: it keeps images that nobody uses",
            Self::Signature => "sign the image with a key that the nodes' policy trusts",
            Self::Other => "the evidence has the node's own words",
        }
    }
}

#[cfg(test)]
mod tests;
