//! What a manifest comes to.

use eve_core::Project;

use crate::Problem;

/// A resolved project, and what its author should know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lowered {
    /// The project.
    pub project: Project,
    /// The warnings, in the order of the text.
    pub warnings: Vec<Problem>,
}
