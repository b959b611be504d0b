//! A builder where nothing builds.

use std::fmt;

use async_trait::async_trait;
use eve_core::{Artifact, BuildCx, BuildRequest, Builder, Error, Result, codes};

/// Refuses every build: images come from a registry that the cluster pulls from.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoBuilder;

#[async_trait]
impl Builder for NoBuilder {
    async fn build(&self, request: &BuildRequest, _: &BuildCx) -> Result<Artifact> {
        let text = format!("nothing builds images for a cluster here, and {} asks for a build", request.service);
        Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text)
            .with_hint("name an image under `image`, or plug in a builder that pushes to a registry"))
    }
}

impl fmt::Display for NoBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no builder")
    }
}
