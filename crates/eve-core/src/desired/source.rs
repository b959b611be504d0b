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
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':' | b'@');
        let ok = (1..=512).contains(&text.len())
            && text.bytes().all(plain)
            && text.as_bytes()[0].is_ascii_alphanumeric()
            && !text.contains("//")
            && !text.ends_with(['/', ':', '@']);
        if ok {
            return Ok(Self(text));
        }
        Err(Error::invalid(codes::IMAGE_MALFORMED, format!("{text:?} is not an image reference"))
            .with_hint("write name:tag, host/name:tag or host/name@sha256:…"))
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
