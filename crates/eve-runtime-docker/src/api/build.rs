//! Building images.

use std::collections::HashMap;

use bollard::body_full;
use bollard::query_parameters::BuildImageOptionsBuilder;
use eve_core::Result;
use futures_util::StreamExt as _;

use super::daemon::Daemon;
use super::failure::failure;

/// What a build tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BuildStep {
    /// Something that it writes.
    Line(String),
    /// The image that it made.
    Image(String),
}

impl Daemon {
    /// Builds an archive of a context to its end. Dropping the future ends the build.
    pub(crate) async fn build(
        &self,
        archive: Vec<u8>,
        dockerfile: &str,
        args: HashMap<String, String>,
        labels: &HashMap<&str, &str>,
        mut tell: impl FnMut(BuildStep),
    ) -> Result<()> {
        let options = BuildImageOptionsBuilder::new()
            .dockerfile(dockerfile)
            .rm(true)
            .forcerm(true)
            .buildargs(&args)
            .labels(labels)
            .build();
        let mut building = self.docker()?.build_image(options, None, Some(body_full(archive.into())));
        while let Some(told) = building.next().await {
            let told = told.map_err(|cause| failure("the image cannot be built", cause))?;
            if let Some(text) = told.stream {
                tell(BuildStep::Line(text));
            }
            if let Some(id) = told.aux.and_then(|aux| aux.id) {
                tell(BuildStep::Image(id));
            }
        }
        Ok(())
    }

    /// The engine's own id: two engines have two.
    pub(crate) async fn identity(&self) -> Result<String> {
        let about = self.docker()?.info().await.map_err(|cause| failure("the engine does not tell its id", cause))?;
        Ok(about.id.unwrap_or_default())
    }
}
