//! What a workload is made from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::validated_text::validated_text;
use crate::{Error, Result, codes};

/// What a workload is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// An image that exists.
    Image(ImageRef),
    /// Something that a build makes.
    Build(BuildSpec),
}

/// An image by name: `[host[:port]/]path[:tag][@sha256:…]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageRef(String);

impl ImageRef {
    /// Reads an image reference.
    ///
    /// # Errors
    /// `image.malformed`.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let ok = text.len() <= 512 && is_reference(&text);
        if ok {
            return Ok(Self(text));
        }
        Err(Error::invalid(codes::IMAGE_MALFORMED, format!("{text:?} is not an image reference"))
            .with_hint("write name:tag, host/name:tag or host/name@sha256:…, names in small letters"))
    }

    /// True if it says neither a tag nor a digest, so that which image is meant changes with time.
    pub fn is_untagged(&self) -> bool {
        let path = self.0.rsplit('/').next().unwrap_or_default();
        !path.contains([':', '@'])
    }
}

fn is_reference(text: &str) -> bool {
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    let is_host = |first: &str| first.contains(['.', ':']) || first == "localhost";
    let (host, rest) = match name.split_once('/') {
        Some((first, rest)) if is_host(first) => (Some(first), rest),
        _ => (None, name),
    };
    let (path, tag) = rest.split_once(':').map_or((rest, None), |(path, tag)| (path, Some(tag)));
    host.is_none_or(is_host_and_port)
        && path.len() <= 255
        && path.split('/').all(is_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest)
}

fn is_host_and_port(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let label = |part: &str| {
        let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        edge(part.as_bytes().first())
            && edge(part.as_bytes().last())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.split('.').all(label) && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Small letters and digits, with one dot, one or two underscores or some dashes between them.
fn is_component(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let between = text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let joins = |text: &str| matches!(text, "" | "." | "_" | "__") || text.bytes().all(|b| b == b'-');
    text.bytes().next().is_some_and(plain) && text.bytes().last().is_some_and(plain) && between.into_iter().all(joins)
}

fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=128).contains(&text.len())
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    match text.split_once(':') {
        Some(("sha256", rest)) => hex(rest, 64),
        Some(("sha512", rest)) => hex(rest, 128),
        _ => false,
    }
}

validated_text!(ImageRef, "{:?}");

/// How to make an artifact from the project's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BuildSpec {
    /// The folder, relative to the project's root.
    pub context: String,
    /// The build file, relative to the context. None means `Dockerfile` where the builder reads one.
    pub dockerfile: Option<String>,
    /// Arguments of the build.
    pub args: BTreeMap<String, String>,
}

impl BuildSpec {
    /// A build of a folder.
    pub fn new(context: impl Into<String>) -> Self {
        Self { context: context.into(), dockerfile: None, args: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_a_name_with_a_tag_or_a_digest() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for text in [
            "web",
            "web:1",
            "web:V1.0_rc-1",
            "library/web",
            "f/a.b_c__d---e:1",
            "ghcr.io/acme/web:1",
            "localhost/web",
            "registry:5000/lib/web",
            "127.0.0.1:9/no/such:image",
            &format!("web@{digest}"),
            &format!("ghcr.io/acme/web:1@{digest}"),
            &format!("web@sha512:{}", "f".repeat(128)),
        ] {
            assert_eq!(ImageRef::new(text).map(|image| image.to_string()).ok().as_deref(), Some(text));
        }
        for text in [
            "",
            "a b",
            "Web:1",
            "acme/Web",
            "web:",
            "web:.1",
            "web@",
            "web@sha256:abc",
            &format!("web@sha256:{}", "A".repeat(64)),
            &format!("web@md5:{}", "0".repeat(32)),
            &format!("web@{digest}@{digest}"),
            "docker-archive:/tmp/web.tar",
            "docker://web",
            "https://ghcr.io/web",
            "/web",
            "web/",
            "a//b",
            "-web",
            "web-",
            "a..b",
            "a___b",
            "ghcr.io:0/web",
            "ghcr.io:99999/web",
            "-ghcr.io/web",
            "web\n:1",
            "wéb",
            &"a".repeat(513),
            &format!("web:{}", "1".repeat(129)),
        ] {
            assert_eq!(ImageRef::new(text).unwrap_err().code(), &codes::IMAGE_MALFORMED, "{text}");
        }
    }

    #[test]
    fn an_image_without_tag_and_digest_is_known() {
        for (text, is_untagged) in
            [("web", true), ("host:5000/web", true), ("web:1", false), ("host:5000/web:1", false)]
        {
            assert_eq!(ImageRef::new(text).unwrap().is_untagged(), is_untagged, "{text}");
        }
    }
}
