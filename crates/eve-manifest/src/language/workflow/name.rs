//! Names of workflows.

use std::str::FromStr;

use eve_core::{Error, PipelineName};

/// The name of a workflow, by the same rule as that of a pipeline.
#[derive(Debug, Clone)]
pub(crate) struct WorkflowName;

impl FromStr for WorkflowName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        PipelineName::new(text).map(|_| Self).map_err(|_| {
            Error::invalid(eve_core::codes::NAME_INVALID, format!("{text:?} is not a workflow name"))
                .with_hint(format!("use {}", PipelineName::RULE))
        })
    }
}
