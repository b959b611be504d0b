//! Images of an engine in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future;

use super::shared::Shared;
use super::within::within;
use crate::{Code, Error, ErrorKind, OpCx, ProgressEvent, ProgressStatus, Result, codes};

/// Which images there are, and what registries have. Clones share that.
///
/// An image or artifact of which nothing was told is there.
#[derive(Clone, Default)]
pub struct MemoryImages(Arc<Shared<Images>>);

#[derive(Default)]
struct Images {
    told: BTreeMap<String, Place>,
    fetched: Vec<String>,
}

/// Where an image is.
#[derive(Clone)]
enum Place {
    Here,
    Registry(Duration),
    Refused(Code),
}

impl MemoryImages {
    /// Everything is there.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on only a registry has an image; fetching it takes that long.
    pub fn put_in_registry(&self, image: &str, takes: Duration) {
        self.tell(image, Place::Registry(takes));
    }

    /// From now on an image is not there, and fetching it fails with this code.
    pub fn refuse(&self, image: &str, code: Code) {
        self.tell(image, Place::Refused(code));
    }

    /// What was fetched, in the order in which that ended.
    pub fn fetched(&self) -> Vec<String> {
        self.0.read(|images| images.fetched.clone())
    }

    fn tell(&self, image: &str, place: Place) {
        self.0.note(|images| images.told.insert(image.to_owned(), place));
    }

    fn place(&self, image: &str) -> Place {
        self.0.read(|images| images.told.get(image).cloned().unwrap_or(Place::Here))
    }

    /// Fails unless an image is there.
    ///
    /// # Errors
    /// `image.not_found`, or what fetching it fails with.
    pub(super) fn check(&self, image: &str) -> Result<()> {
        match self.place(image) {
            Place::Here => Ok(()),
            Place::Registry(_) => Err(refused(image, codes::IMAGE_NOT_FOUND)),
            Place::Refused(code) => Err(refused(image, code)),
        }
    }

    /// Fetches what is not there, side by side.
    ///
    /// # Errors
    /// What cannot be fetched, all of it at once; `cancelled`, `deadline.exceeded`.
    pub(super) async fn provide(&self, images: &BTreeSet<String>, cx: &OpCx) -> Result<()> {
        cx.admit()?;
        let fetched =
            within(cx, async { Ok(future::join_all(images.iter().map(|image| self.fetch(image, cx))).await) });
        let failed = fetched.await?.into_iter().filter_map(Result::err).collect();
        Error::several(failed).map_or(Ok(()), Err)
    }

    async fn fetch(&self, image: &str, cx: &OpCx) -> Result<()> {
        let takes = match self.place(image) {
            Place::Here => return Ok(()),
            Place::Registry(takes) => takes,
            Place::Refused(code) => return Err(refused(image, code)),
        };
        let say = |status, done| {
            cx.progress.say(|| ProgressEvent::new(image, status, format!("fetching {image}")).with_count(done, 2));
        };
        say(ProgressStatus::Started, 0);
        cx.env.sleep(takes / 2).await;
        say(ProgressStatus::Running, 1);
        cx.env.sleep(takes / 2).await;
        self.0.note(|images| {
            images.told.insert(image.to_owned(), Place::Here);
            images.fetched.push(image.to_owned());
        });
        say(ProgressStatus::Done, 2);
        Ok(())
    }
}

fn refused(image: &str, code: Code) -> Error {
    let kind = match &code {
        code if *code == codes::IMAGE_DENIED => ErrorKind::Denied,
        code if *code == codes::IMAGE_UNREACHABLE => ErrorKind::Unavailable,
        _ => ErrorKind::NotFound,
    };
    Error::new(kind, code, format!("image {image} is not there and cannot be fetched"))
}

impl fmt::Debug for MemoryImages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryImages").field("fetched", &self.fetched()).finish_non_exhaustive()
    }
}
