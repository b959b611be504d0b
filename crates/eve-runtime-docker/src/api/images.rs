//! Images: looked at and fetched.

use std::time::Duration;

use bollard::errors::Error as Cause;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptionsBuilder;
use eve_core::{Error, ErrorKind, Result, codes};
use futures_util::StreamExt as _;

use super::daemon::Daemon;
use super::failure::{failure, is_gone};

impl Daemon {
    /// True if the engine has an image.
    pub(crate) async fn has_image(&self, image: &str) -> Result<bool> {
        match self.docker()?.inspect_image(image).await {
            Ok(_) => Ok(true),
            Err(cause) if is_gone(&cause) => Ok(false),
            Err(cause) => Err(failure(format!("image {image} cannot be looked at"), cause)),
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
