//! What a step of a workflow runs.

use schemars::{Schema, json_schema};

use crate::grammar::{At, Definitions, Period, Reader, Shape, mapping};
use crate::tree::{Node, Value};

/// A command line of a workflow, as it is written: it may speak of inputs.
#[derive(Debug, Clone)]
pub(crate) struct WorkflowCommand(pub(crate) Node);

impl Shape for WorkflowCommand {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let items = match &node.value {
            Value::List(items) => &**items,
            _ => std::slice::from_ref(node),
        };
        let good = items.iter().filter(|item| reader.written(item, "a command line: text or a list").is_some()).count();
        (good == items.len()).then(|| Self(node.clone()))
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [
            { "title": "text", "type": "string" },
            { "type": "array", "items": { "title": "text", "type": ["string", "number", "boolean"] } },
        ]})
    }
}

mapping! {
    /// A command of a workflow with its settings.
    ScriptKeys = "workflow script" {
        /// The command line.
        run: WorkflowCommand = "run" | "command", required;
        /// How long it may take. 300s by default.
        timeout: Period = "timeout" | "timeout_seconds";
    }
}

/// A command of a workflow, with or without settings.
#[derive(Debug, Clone)]
pub(crate) struct WorkflowScript {
    pub(crate) run: Option<WorkflowCommand>,
    pub(crate) timeout: Option<At<Period>>,
}

impl Shape for WorkflowScript {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.value, Value::Mapping(_)) {
            let keys = ScriptKeys::read(node, reader)?;
            return Some(Self { run: keys.run.map(|at| at.value), timeout: keys.timeout });
        }
        WorkflowCommand::read(node, reader).map(|command| Self { run: Some(command), timeout: None })
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [WorkflowCommand::schema(definitions), ScriptKeys::schema(definitions)] })
    }
}
