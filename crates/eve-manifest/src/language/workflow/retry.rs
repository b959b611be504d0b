//! How often a step of a workflow is tried.

use schemars::{Schema, json_schema};

use crate::grammar::{At, Definitions, Reader, Shape, mapping, or_variables};
use crate::tree::{Kind, Node};

mapping! {
    /// How often a step of a workflow is tried.
    Retry = "retry section" {}
    checked {
        "max_attempts" as Attempts: "How often it is tried in all, from 1 on.";
        "backoff_seconds" as u32: "How long it rests before the second try, in seconds.";
        "backoff_multiplier" as Factor: "How many times as long it rests before each further one, from 1 on.";
        "retryable_errors" as Vec<At<String>>: "The errors after which it is tried again.";
    }
}

/// A number of tries. It is checked and not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempts;

impl Shape for Attempts {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match u32::read(node, reader)? {
            0 => reader.bad_value(node, "it has to be tried once", "use 1 to 100000"),
            _ => Some(Self),
        }
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let number = json_schema!({ "title": "a whole number", "type": "integer", "minimum": 1, "maximum": 100_000 });
        or_variables(number, definitions)
    }
}

/// By what a pause grows. It is checked and not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Factor;

impl Shape for Factor {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let scalar = reader.scalar(node, "a number")?;
        if !matches!(scalar.kind(), Kind::Integer(_) | Kind::Float) {
            return reader.wrong_type(node, "a number");
        }
        match scalar.text.parse::<f64>() {
            Ok(factor) if (1.0..=100.0).contains(&factor) => Some(Self),
            _ => reader.bad_value(node, format!("{} is out of range", scalar.text), "use 1 to 100"),
        }
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let number = json_schema!({ "title": "a number", "type": "number", "minimum": 1, "maximum": 100 });
        or_variables(number, definitions)
    }
}
