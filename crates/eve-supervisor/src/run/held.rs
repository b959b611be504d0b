//! What parts are made from.

use std::path::PathBuf;
use std::sync::Arc;

use eve_core::Fences;
use eve_core::control::Message;

/// What a new supervisor hands to whoever makes its parts: it holds the state directory from now on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Held {
    /// The state directory.
    pub dir: PathBuf,
    /// What the engine that started the supervisor said.
    pub config: Message,
    /// The fencing tokens that all parts share.
    pub fences: Arc<Fences>,
}

impl Held {
    pub(super) fn new(dir: PathBuf, config: Message, fences: Arc<Fences>) -> Self {
        Self { dir, config, fences }
    }
}
