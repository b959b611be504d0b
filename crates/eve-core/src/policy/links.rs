//! Where links lead.

use std::collections::BTreeMap;

use super::HostView;
use crate::desired::HostAccess;
use crate::{AbsolutePath, Error, Result, codes};

/// What paths are once all links are followed, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links(BTreeMap<AbsolutePath, AbsolutePath>);

impl Links {
    /// Adds what a path is once all links are followed.
    pub fn insert(&mut self, path: AbsolutePath, real: AbsolutePath) {
        self.0.insert(path, real);
    }

    /// What a path is without links: itself unless something else is known.
    pub fn real<'a>(&'a self, path: &'a AbsolutePath) -> &'a AbsolutePath {
        self.0.get(path).unwrap_or(path)
    }

    /// Follows the links of paths.
    ///
    /// # Errors
    /// `host_path.missing` with all that are not there; `backend.io`.
    pub async fn follow(view: &dyn HostView, paths: Vec<AbsolutePath>) -> Result<Self> {
        let (mut links, mut missing) = (Self::default(), Vec::new());
        for path in paths {
            match view.resolve(&path).await? {
                Some(real) => links.insert(path, real),
                None => missing.push(path.to_string()),
            }
        }
        missing.dedup();
        if missing.is_empty() {
            return Ok(links);
        }
        let text = format!("{} is not there on the host", missing.join(", "));
        Err(Error::not_found(codes::HOST_PATH_MISSING, text)
            .with_hint("make it on the host; what is bound is never made on the way"))
    }

    /// What a service asks for, with every link followed.
    pub fn followed(&self, access: &HostAccess) -> HostAccess {
        let mut access = access.clone();
        for bind in &mut access.binds {
            bind.source = self.real(&bind.source).clone();
        }
        for device in &mut access.devices {
            device.source = self.real(&device.source).clone();
        }
        access
    }
}
