//! Images: looked at, fetched, named and removed.

use std::collections::HashMap;
use std::time::Duration;

use bollard::errors::Error as Cause;
use bollard::models::{CreateImageInfo, ImageHistoryResponseItem, ImageInspect};
use bollard::query_parameters::{
    CreateImageOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptionsBuilder, TagImageOptionsBuilder,
};
use eve_core::{Error, ErrorKind, Result, codes};
use futures_util::StreamExt as _;

use super::daemon::Daemon;
use super::failure::{failure, is_gone, status};

/// One step of an image's history, the youngest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HistoryStep {
    /// The image that the step made; something else if the engine does not know.
    pub(crate) id: String,
    /// The instruction.
    pub(crate) made_by: String,
    pub(crate) bytes: u64,
}

impl Daemon {
    /// The images that bear a label and that no other image was made from: their ids.
    pub(crate) async fn images(&self, label: String) -> Result<Vec<String>> {
        let filters = HashMap::from([("label", vec![label])]);
        let listed = self.docker()?.list_images(Some(ListImagesOptionsBuilder::new().filters(&filters).build())).await;
        let listed = listed.map_err(|cause| failure("images cannot be listed", cause))?;
        Ok(listed.into_iter().map(|one| one.id).collect())
    }

    /// An image; none if it is not there.
    pub(crate) async fn image(&self, id: &str) -> Result<Option<ImageInspect>> {
        match self.docker()?.inspect_image(id).await {
            Ok(found) => Ok(Some(found)),
            Err(cause) if is_gone(&cause) => Ok(None),
            Err(cause) => Err(failure(format!("image {id} cannot be looked at"), cause)),
        }
    }

    /// What an image was made by; nothing if it is not there.
    pub(crate) async fn history(&self, id: &str) -> Result<Vec<HistoryStep>> {
        let steps = match self.docker()?.image_history(id).await {
            Ok(steps) => steps,
            Err(cause) if is_gone(&cause) => return Ok(Vec::new()),
            Err(cause) => return Err(failure(format!("the history of image {id} cannot be read"), cause)),
        };
        let step = |step: ImageHistoryResponseItem| HistoryStep {
            id: step.id,
            made_by: step.created_by,
            bytes: u64::try_from(step.size).unwrap_or_default(),
        };
        Ok(steps.into_iter().map(step).collect())
    }

    /// Gives an image a name; one that it has already is given again.
    pub(crate) async fn name_image(&self, id: &str, repository: &str, tag: &str) -> Result<()> {
        let options = TagImageOptionsBuilder::new().repo(repository).tag(tag).build();
        let named = self.docker()?.tag_image(id, Some(options)).await;
        named.map_err(|cause| failure(format!("image {id} cannot be named"), cause))
    }

    /// Takes a name from an image, and removes the image if that was its last one; or removes an image by
    /// its id. False if it is in use. The images that it was made from stay.
    pub(crate) async fn remove_image(&self, name: &str) -> Result<bool> {
        let options = RemoveImageOptionsBuilder::new().force(false).noprune(true).build();
        match self.docker()?.remove_image(name, Some(options), None).await {
            Ok(_) => Ok(true),
            Err(cause) if is_gone(&cause) => Ok(true),
            Err(cause) if status(&cause) == Some(409) => Ok(false),
            Err(cause) => Err(failure(format!("image {name} cannot be removed"), cause)),
        }
    }

    /// Fetches an image from its registry, and tells each step. Dropping the future ends it.
    pub(crate) async fn pull(
        &self,
        image: &str,
        within: Duration,
        mut tell: impl FnMut(&CreateImageInfo),
    ) -> Result<()> {
        let options = CreateImageOptionsBuilder::new().from_image(&tagged(image)).build();
        // The engine's first answer may wait for the registry's.
        let patient = self.docker()?.clone().with_timeout(within);
        let mut pulling = patient.create_image(Some(options), None, None);
        while let Some(told) = pulling.next().await {
            tell(&told.map_err(|cause| not_fetched(image, cause))?);
        }
        Ok(())
    }
}

/// The engine fetches every tag of a repository of which none is named.
fn tagged(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    if name.contains([':', '@']) { image.to_owned() } else { format!("{image}:latest") }
}

/// Why an image cannot be fetched. What has no meaning of its own is either the way to the registry, or
/// nothing that is there.
fn not_fetched(image: &str, cause: Cause) -> Error {
    const WAYS: [&str; 8] = [
        "timeout",
        "tls",
        "x509",
        "eof",
        "connection reset",
        "http status: 5",
        "server gave http response",
        "dial tcp",
    ];
    let what = format!("image {image} cannot be fetched");
    let words = cause.to_string().to_lowercase();
    let error = failure(&what, cause);
    if *error.code() != codes::BACKEND_IO {
        return error;
    }
    let (kind, code, hint) = if WAYS.iter().any(|way| words.contains(way)) {
        let hint = "see whether the engine can reach the registry";
        (ErrorKind::Unavailable, codes::IMAGE_UNREACHABLE, hint)
    } else {
        let hint = "check the image's name and tag, and whether the engine reaches its registry";
        (ErrorKind::NotFound, codes::IMAGE_NOT_FOUND, hint)
    };
    Error::new(kind, code, what).with_hint(hint).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_tag_of_a_repository_is_fetched() {
        for (image, fetched) in [
            ("web", "web:latest"),
            ("r.test:5000/a/web", "r.test:5000/a/web:latest"),
            ("r.test:5000/web:1", "r.test:5000/web:1"),
            ("web@sha256:00", "web@sha256:00"),
        ] {
            assert_eq!(tagged(image), fetched);
        }
    }

    #[test]
    fn why_an_image_cannot_be_fetched_has_a_code() {
        for (text, code) in [
            ("manifest for a:b not found: manifest unknown: manifest unknown", codes::IMAGE_NOT_FOUND),
            ("Get \"https://r.test/v2/a/manifests/1\": no basic auth credentials", codes::IMAGE_DENIED),
            ("denied: requested access to the resource is denied", codes::IMAGE_DENIED),
            ("Get \"https://r.test/v2/\": dial tcp 1.2.3.4:443: i/o timeout", codes::IMAGE_UNREACHABLE),
            ("received unexpected HTTP status: 503 Service Unavailable", codes::IMAGE_UNREACHABLE),
            ("something new", codes::IMAGE_NOT_FOUND),
        ] {
            let cause = Cause::DockerStreamError { error: text.to_owned() };
            assert_eq!(not_fetched("a:b", cause).code(), &code, "{text}");
        }
    }
}
