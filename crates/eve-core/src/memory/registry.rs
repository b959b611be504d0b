//! A registry in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::shared::Shared;
use crate::desired::ImageRef;
use crate::{Artifact, Change, ChangeOutcome, Digest, Error, Registry, Result, codes};

/// A [`Registry`] that lives as long as its handles. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryRegistry(Arc<Shared<State>>);

#[derive(Default)]
struct State {
    /// Tags of each repository.
    tags: BTreeMap<String, BTreeMap<String, Digest>>,
    version: u64,
}

/// An image reference, taken apart.
struct Name {
    repository: String,
    tag: String,
    digest: Option<Digest>,
}

impl MemoryRegistry {
    /// No images.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an image of that content under a name.
    ///
    /// # Errors
    /// `image.malformed` if the name is pinned to another content.
    pub fn push(&self, image: &ImageRef, content: impl AsRef<[u8]>) -> Result<Artifact> {
        let digest = Digest::of(content);
        self.tag(image, &digest)?;
        Ok(Artifact::Image { repository: Name::read(image)?.repository, digest })
    }

    fn tag(&self, image: &ImageRef, digest: &Digest) -> Result<Change> {
        let name = Name::read(image)?;
        if name.digest.as_ref().is_some_and(|pinned| pinned != digest) {
            return Err(Error::invalid(codes::IMAGE_MALFORMED, format!("{image} is pinned to another image")));
        }
        Ok(self.0.note(|state| {
            let before = state.tags.entry(name.repository).or_default().insert(name.tag, digest.clone());
            let outcome = match before {
                Some(before) if before == *digest => return Change::new(ChangeOutcome::Unchanged, state.version),
                Some(_) => ChangeOutcome::Updated,
                None => ChangeOutcome::Created,
            };
            state.version += 1;
            Change::new(outcome, state.version)
        }))
    }

    fn holds(&self, repository: &str, digest: &Digest) -> bool {
        self.0.read(|state| state.tags.get(repository).is_some_and(|tags| tags.values().any(|known| known == digest)))
    }
}

#[async_trait]
impl Registry for MemoryRegistry {
    async fn resolve(&self, image: &ImageRef) -> Result<Artifact> {
        let Name { repository, tag, digest } = Name::read(image)?;
        let found = match digest {
            Some(digest) => Some(digest).filter(|digest| self.holds(&repository, digest)),
            None => self.0.read(|state| state.tags.get(&repository)?.get(&tag).cloned()),
        };
        let digest = found
            .ok_or_else(|| Error::not_found(codes::IMAGE_NOT_FOUND, format!("there is no image named {image}")))?;
        Ok(Artifact::Image { repository, digest })
    }

    async fn exists(&self, repository: &str, digest: &Digest) -> Result<bool> {
        Ok(self.holds(repository, digest))
    }

    async fn promote(&self, artifact: &Artifact, to: &ImageRef) -> Result<Change> {
        match artifact {
            Artifact::Image { repository, digest } if self.holds(repository, digest) => self.tag(to, digest),
            _ => Err(Error::not_found(codes::IMAGE_NOT_FOUND, format!("the registry has no {artifact}"))),
        }
    }

    async fn list(&self, repository: &str) -> Result<Vec<String>> {
        Ok(self.0.read(|state| state.tags.get(repository).into_iter().flat_map(BTreeMap::keys).cloned().collect()))
    }

    async fn delete(&self, image: &ImageRef) -> Result<Change> {
        let name = Name::read(image)?;
        Ok(self.0.note(|state| {
            if state.tags.get_mut(&name.repository).and_then(|tags| tags.remove(&name.tag)).is_none() {
                return Change::new(ChangeOutcome::Skipped, state.version);
            }
            state.version += 1;
            Change::new(ChangeOutcome::Deleted, state.version)
        }))
    }
}

impl Name {
    fn read(image: &ImageRef) -> Result<Self> {
        let (name, digest) = match image.as_str().split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse()?)),
            None => (image.as_str(), None),
        };
        // A colon before the last slash is that of the host's port.
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, tag),
            _ => (name, "latest"),
        };
        Ok(Self { repository: repository.to_owned(), tag: tag.to_owned(), digest })
    }
}

impl fmt::Display for MemoryRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

impl fmt::Debug for MemoryRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repositories = self.0.read(|state| state.tags.len());
        f.debug_struct("MemoryRegistry").field("repositories", &repositories).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(text: &str) -> ImageRef {
        ImageRef::new(text).unwrap()
    }

    #[tokio::test]
    async fn promoting_moves_no_bytes_and_an_image_stays_while_it_has_a_name() {
        let registry = MemoryRegistry::new();
        let made = registry.push(&image("hub:5000/api:1"), "content").unwrap();
        let Artifact::Image { digest, .. } = &made else { panic!("a registry holds images") };
        let change = registry.promote(&made, &image("hub:5000/api:stable")).await.unwrap();
        assert_eq!(change.outcome, ChangeOutcome::Created);
        assert_eq!(registry.resolve(&image("hub:5000/api:stable")).await.unwrap(), made);
        assert_eq!(registry.list("hub:5000/api").await.unwrap(), ["1", "stable"]);

        registry.delete(&image("hub:5000/api:1")).await.unwrap();
        assert!(registry.exists("hub:5000/api", digest).await.unwrap());
        registry.delete(&image("hub:5000/api:stable")).await.unwrap();
        let error = registry.promote(&made, &image("hub:5000/api:2")).await.unwrap_err();
        assert_eq!(error.code(), &codes::IMAGE_NOT_FOUND);
    }
}
