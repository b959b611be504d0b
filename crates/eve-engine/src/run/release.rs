//! Recording releases.

use std::collections::BTreeMap;

use eve_core::event::{Event as _, ReleaseEvent, RunEvent};
use eve_core::{Artifact, ErrorKind, Project, Release, Result, ServiceName, StreamId};

use super::{Halt, Run};
use crate::files::Files;
use crate::parts::Parts;
use crate::reading;
use crate::writer::{LONGEST, PAUSE};

/// The release that a manifest and its artifacts make, without recording it: the one that exists
/// with this content, or what the next one would be.
pub(crate) async fn provisional(
    parts: &Parts,
    project: &Project,
    artifacts: &BTreeMap<ServiceName, Artifact>,
    files: &Files,
) -> Result<(Release, Option<u64>)> {
    let id = Release::content_id(project, artifacts, files)?;
    let (known, next) = reading::release(&*parts.journal, &project.org, &project.name, &id).await?;
    if let Some(release) = known {
        return Ok((release, None));
    }
    let release = Release::new(id, next.version, project.clone(), artifacts.clone(), parts.env.now());
    Ok((release.with_files(files.clone()), Some(next.sequence)))
}

/// Records the release that a manifest and its artifacts make; one of equal content is found again.
pub(crate) async fn record_release(
    parts: &Parts,
    project: &Project,
    artifacts: &BTreeMap<ServiceName, Artifact>,
    files: &Files,
) -> Result<Release> {
    let mut pause = PAUSE;
    loop {
        let (release, at) = provisional(parts, project, artifacts, files).await?;
        let Some(at) = at else { return Ok(release) };
        let event = ReleaseEvent::Recorded { release: Box::new(release.clone()) };
        let stream = StreamId::releases(&project.org, &project.name);
        match parts.journal.append(&stream, at, None, vec![event.record(parts.env.now())?]).await {
            Ok(_) => return Ok(release),
            // Another environment of the project recorded one meanwhile.
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            // If only the answer was lost, the release is found the next time.
            Err(error) if error.is_retryable() && pause <= LONGEST => {
                tracing::warn!(error = %error, "the release is not recorded, trying again");
                parts.env.sleep(pause).await;
                pause *= 2;
            }
            Err(error) => return Err(error),
        }
    }
}

impl Run {
    /// The step `release`, and what a deploy does first where no step did.
    pub(super) async fn release(&self) -> Result<(), Halt> {
        if self.made().release.is_some() {
            return Ok(());
        }
        let artifacts = self.made().artifacts.clone();
        let release = record_release(&self.scope.parts, self.project()?, &artifacts, &self.record.files).await?;
        self.scope.writer.note(&[RunEvent::Released { release: release.id.clone() }]).await?;
        self.made().release = Some(release);
        Ok(())
    }
}
