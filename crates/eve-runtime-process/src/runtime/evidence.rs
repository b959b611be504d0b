//! What tells why an instance failed.

use eve_core::{EnvironmentId, Evidence, InstanceRef, LogItem, LogOptions, Result};
use futures_util::stream::StreamExt as _;

use super::instance::Instance;
use super::process_runtime::ProcessRuntime;
use crate::processes::Record;

impl ProcessRuntime {
    /// How many lines are kept as evidence.
    const LINES: usize = 20;

    /// What is stored and held of one incarnation.
    pub(super) async fn capture_evidence(&self, env: &EnvironmentId, instance: &InstanceRef) -> Result<Vec<Evidence>> {
        let is_it = |record: &Record| {
            let known = Instance::of_record(record);
            known.is_some_and(|known| known.object == instance.object && known.incarnation == instance.incarnation)
        };
        let Some(record) = self.records(env).into_iter().find(is_it) else { return Ok(Vec::new()) };
        let held = self.holder.status(&record.id).await?;
        let ending = held.as_ref().and_then(|status| status.ending.as_ref());
        let mut evidence = Vec::new();
        if let Some(ending) = ending {
            evidence.push(Evidence::Exit { exit: ending.exit, restarts: ending.restarts });
        } else if let Some(exit) = record.exit() {
            evidence.push(Evidence::Exit { exit, restarts: record.restarts });
        }
        let lines = self.last_lines(&record).await;
        if !lines.is_empty() {
            evidence.push(Evidence::LogTail { source: record.source.to_string(), lines });
        }
        if let Some(answer) = held.map_or(record.answer, |status| status.answer) {
            evidence.push(Evidence::Probe { answer });
        }
        Ok(evidence)
    }

    async fn last_lines(&self, record: &Record) -> Vec<String> {
        let stream = self.holder.logs(&record.id, &LogOptions::default().with_tail(Self::LINES));
        let lines = stream.filter_map(|item| async {
            match item {
                Ok(LogItem::Line { bytes, .. }) => Some(String::from_utf8_lossy(&bytes).into_owned()),
                _ => None,
            }
        });
        lines.collect().await
    }
}
