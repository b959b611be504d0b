//! What a workflow is told.

use schemars::{Schema, json_schema};

use crate::grammar::{Definitions, Reader, Shape, mapping, or_variables};
use crate::tree::Node;

/// What every path into an event begins with.
const PAYLOAD: &str = "event.payload";

mapping! {
    /// Something that a workflow is told.
    WorkflowInput = "workflow input" {}
    checked {
        "from" as PayloadPath: "Where it stands in the event: event.payload and the keys on the way, joined by dots.";
        "default" as Node: "What holds where nobody says it.";
    }
}

/// A place in what an event brings. It is checked and not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PayloadPath;

impl PayloadPath {
    /// True if a text is the path of a value in an event.
    pub(super) fn is_one(text: &str) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let is_key = |key: &str| !key.is_empty() && key.bytes().all(is_plain);
        text.strip_prefix(PAYLOAD)
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|path| path.split('.').all(is_key))
    }
}

impl Shape for PayloadPath {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = &reader.written(node, "a place in an event")?.text;
        if text == PAYLOAD || Self::is_one(text) {
            return Some(Self);
        }
        let said = format!("`{}` is no place in an event", text.escape_debug());
        reader.bad_value(node, said, "write event.payload and the keys on the way: event.payload.pull_request.number")
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let pattern = r"^event\.payload(\.[A-Za-z0-9_-]+)*$";
        or_variables(json_schema!({ "title": "a part of an event", "type": "string", "pattern": pattern }), definitions)
    }
}
