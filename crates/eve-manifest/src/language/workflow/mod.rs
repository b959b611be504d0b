//! Workflows: work that events or people start. Nothing runs them here; they are checked and carried along.

mod condition;
mod definition;
mod input;
mod name;
mod reference;
mod retry;
mod script;
mod step;

pub(crate) use condition::StepCondition;
pub(crate) use definition::Workflow;
pub(crate) use name::WorkflowName;
pub(crate) use reference::references;
pub(crate) use step::WorkflowStep;
