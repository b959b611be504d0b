//! What is asked of an engine.

use crate::Edition;

/// One thing that is asked of an engine. Asked again with the same key it is the same thing.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The environment's name.
    pub environment: String,
    /// What.
    pub what: What,
    /// The key.
    pub key: String,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// To deploy an edition of the shop.
    Deploy(Edition),
    /// To go back to the release before.
    Rollback,
    /// To end the environment.
    Delete,
}

impl Ask {
    /// Asks for something in an environment of the shop.
    pub fn new(environment: &str, what: What, key: &str) -> Self {
        Self { environment: environment.to_owned(), what, key: format!("{key}-{environment}") }
    }
}
