//! A builder.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eve_core::desired::BuildSpec;
use eve_core::{Artifact, BuildCx, BuildRequest, Builder, Deadline, Env, Result, ServiceName};

use crate::stage::Stage;
use crate::{BuilderHarness, Outcome};

/// How long a build may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A builder, and the lines that its builds write.
pub(super) struct Site {
    pub(super) harness: Arc<dyn BuilderHarness>,
    pub(super) builder: Arc<dyn Builder>,
    pub(super) env: Arc<dyn Env>,
    lines: Arc<Mutex<Vec<Bytes>>>,
}

#[async_trait]
impl Stage<dyn BuilderHarness> for Site {
    async fn open(harness: Arc<dyn BuilderHarness>) -> Outcome<Self> {
        Ok(Self { builder: harness.builder().await?, env: harness.env(), harness, lines: Arc::default() })
    }

    async fn close(self) {
        self.harness.close(self.builder).await;
    }
}

impl Site {
    /// A build of a folder of a project whose folder `app` holds this text.
    pub(super) async fn request(&self, text: &str, context: &str) -> Result<BuildRequest> {
        let source = self.harness.project(text).await?;
        Ok(BuildRequest::new(ServiceName::new("web")?, BuildSpec::new(context), source))
    }

    pub(super) fn cx(&self) -> BuildCx {
        let mut cx = BuildCx::new(self.env.clone(), Deadline::after(&*self.env, PATIENCE));
        let lines = self.lines.clone();
        cx.log = Arc::new(move |line| lines.lock().unwrap_or_else(PoisonError::into_inner).push(line));
        cx
    }

    pub(super) async fn build(&self, text: &str, context: &str) -> Result<Artifact> {
        self.builder.build(&self.request(text, context).await?, &self.cx()).await
    }

    /// How many lines the builds wrote.
    pub(super) fn lines(&self) -> usize {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
