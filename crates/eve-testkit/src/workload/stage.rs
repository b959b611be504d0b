//! A scene with programs.

use std::sync::Arc;

use async_trait::async_trait;

use crate::runtime::Scene;
use crate::stage::Stage;
use crate::{Outcome, RuntimeHarness, WorkloadHarness};

/// A scene with programs.
pub(super) struct Programs {
    pub(super) scene: Scene,
    pub(super) harness: Arc<dyn WorkloadHarness>,
}

#[async_trait]
impl Stage<dyn WorkloadHarness> for Programs {
    async fn open(harness: Arc<dyn WorkloadHarness>) -> Outcome<Self> {
        let runtime: Arc<dyn RuntimeHarness> = harness.clone();
        Ok(Self { scene: Scene::open(runtime).await?, harness })
    }

    async fn instead(&self) -> Option<Outcome> {
        self.scene.instead().await
    }

    async fn close(self) {
        self.scene.close().await;
    }
}
