//! What a recovering engine tells.

use serde::{Deserialize, Serialize};

use crate::{EndState, Place};

/// What an engine that came to its end tells whoever started it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// The places that it came to.
    pub places: Vec<Place>,
    /// What the stranger did, if there was one.
    pub stranger: Option<String>,
    /// What was there in the end; none if it did not come to recovering.
    pub end: Option<EndState>,
    /// What was left after everything was deleted.
    pub left: Vec<String>,
    /// Every entry of the journal, for people.
    pub journal: Vec<String>,
}

impl Report {
    /// What an engine tells that did not come to recovering.
    pub fn new(places: Vec<Place>) -> Self {
        Self { places, stranger: None, end: None, left: Vec::new(), journal: Vec::new() }
    }
}
