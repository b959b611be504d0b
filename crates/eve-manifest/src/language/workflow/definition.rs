//! A workflow.

use eve_core::VarName;
use schemars::Schema;

use super::WorkflowStep;
use super::input::WorkflowInput;
use crate::grammar::{At, Definitions, Map, Prose, Reader, Shape, mapping, words};
use crate::language::{EnvOverrides, ResourceRefs, Trigger};
use crate::tree::Node;

words! {
    /// What a workflow may do with the environment's database.
    DbAccess {
        ReadOnly = "read_only";
        ReadWrite = "read_write";
    }
}

mapping! {
    /// A workflow: steps that agents and commands do.
    WorkflowKeys = "workflow" extensible {
        /// The steps.
        steps: Vec<At<WorkflowStep>> = "steps";
        /// What it is told, by name. Texts of its steps speak of it as ${inputs.NAME}.
        inputs: Map<VarName, WorkflowInput> = "inputs";
        /// The environment that it works for.
        env: String = "env";
        /// Variables that its steps find; those of a step win.
        env_overrides: EnvOverrides = "env_overrides";
        /// What starts it by itself.
        trigger: Trigger = "trigger";
    }
    checked {
        "db_access" as DbAccess: "What it may do with the database: read_only (the default) or read_write.";
        "description" as Prose: "What it is for, for people.";
        "git" as Node: "How it uses the repository.";
        "hints" as Node: "What its agents should know.";
        "permissions" as Vec<At<String>>: "What the token of its agents may do.";
        "resource_refs" as ResourceRefs: "The documents that its agents are given.";
        "scope" as Node: "What the token of its agents is for.";
        "toolchains" as Vec<At<String>>: "The tools that its agents find.";
        "with_apis" as Vec<At<Node>>: "The interfaces of services that its agents find.";
    }
    unsupported {
        "$ref": "write the workflow into this file";
    }
}

/// A workflow that was read, and as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    pub(crate) keys: WorkflowKeys,
    pub(crate) written: Node,
}

impl Shape for Workflow {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        WorkflowKeys::read(node, reader).map(|keys| Self { keys, written: node.clone() })
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        WorkflowKeys::schema(definitions)
    }
}
