//! Builders that an engine may end in.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use eve::{Artifact, BuildCx, BuildRequest, Builder, Result};

use crate::CrashAt;

/// A builder whose builds are places.
#[derive(Debug, Clone)]
pub struct CrashingBuilder {
    inner: Arc<dyn Builder>,
    crash: CrashAt,
}

impl CrashingBuilder {
    /// Makes the builds of a builder places.
    pub fn new(inner: Arc<dyn Builder>, crash: CrashAt) -> Self {
        Self { inner, crash }
    }
}

impl fmt::Display for CrashingBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl Builder for CrashingBuilder {
    async fn build(&self, request: &BuildRequest, cx: &BuildCx) -> Result<Artifact> {
        self.crash.pass("builder.build", None, self.inner.build(request, cx)).await
    }
}
