//! Which documents agents are given.

use schemars::{Schema, json_schema};

use crate::grammar::{At, Definitions, Reader, Shape, mapping, words};
use crate::tree::{Node, Value};

words! {
    /// Which documents agents are given, in one word.
    ResourceWord {
        Inherit = "inherit";
        All = "all";
        None = "none";
    }
}

mapping! {
    /// Which documents agents are given.
    ResourceChoice = "resource_refs section" {}
    checked {
        "mode" as String: "How they are chosen.";
        "include" as Vec<At<Node>>: "Those that are meant.";
    }
}

/// Which documents agents are given: one word, a list of them, or a mapping. It is checked and not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResourceRefs;

impl Shape for ResourceRefs {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            Value::Scalar(_) => ResourceWord::read(node, reader).map(|_| Self),
            Value::List(_) => Some(Self),
            Value::Mapping(_) => ResourceChoice::read(node, reader).map(|_| Self),
        }
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let (word, mapping) = (ResourceWord::schema(definitions), ResourceChoice::schema(definitions));
        json_schema!({ "anyOf": [word, { "title": "a list", "type": "array" }, mapping] })
    }
}
