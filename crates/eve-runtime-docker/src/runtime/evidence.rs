//! What tells why a container failed.

use eve_core::{EnvironmentId, Evidence, InstanceRef, Result};

use super::docker_runtime::DockerRuntime;
use super::observe::LINES;

impl DockerRuntime {
    /// What the engine knows of one container, and its last lines.
    pub(super) async fn capture_evidence(&self, env: &EnvironmentId, instance: &InstanceRef) -> Result<Vec<Evidence>> {
        let found = self.sight_of(env, &instance.incarnation).await?;
        let Some(sight) = found.filter(|sight| sight.labels.object == instance.object) else { return Ok(Vec::new()) };
        let mut evidence = Vec::new();
        let detail = sight.detail.as_ref();
        let exit = detail.and_then(|detail| detail.exit).or_else(|| self.feed.last_exit(&sight.id));
        if let (Some(exit), Some(detail)) = (exit, detail) {
            evidence.push(Evidence::Exit { exit, restarts: detail.restarts });
        }
        let lines = self.last_lines(&sight.id, LINES).await;
        if !lines.is_empty() {
            evidence.push(Evidence::LogTail { source: crate::logs::source(&sight).to_string(), lines });
        }
        let engine_answer = detail.and_then(|detail| detail.answer.clone());
        if let Some(answer) = self.probes.last_answer(&sight.id).or(engine_answer) {
            evidence.push(Evidence::Probe { answer });
        }
        if let Some(detail) = detail.filter(|detail| !detail.error.is_empty()) {
            evidence.push(Evidence::Field { path: "State.Error".to_owned(), value: detail.error.clone() });
        }
        Ok(evidence)
    }
}
