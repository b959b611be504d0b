//! What a service waits for.

use eve_core::ServiceName;
use schemars::{Schema, json_schema};

use crate::grammar::{At, Definitions, Map, Named, Reader, Shape, mapping, words};
use crate::tree::{Node, Value};

words! {
    /// What must be true of a dependency.
    Condition {
        Started = "service_started" | "started";
        Healthy = "service_healthy" | "healthy";
        Completed = "service_completed_successfully";
    }
}

mapping! {
    /// How a service waits for another.
    Wait = "dependency" {
        /// What must be true: `service_started` (the default), `service_healthy`, or `service_completed_successfully` (jobs).
        condition: Condition = "condition" else "service_started";
    }
    not_used {
        "restart": "Whether it restarts with the other.";
        "required": "Whether the other has to exist.";
    }
}

/// A list of names, or conditions by name.
#[derive(Debug, Clone)]
pub(crate) struct DependsOn(pub(crate) Map<ServiceName, Wait>);

impl Shape for DependsOn {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            Value::List(_) => {
                let names: Vec<At<ServiceName>> = Vec::read(node, reader)?;
                let entries = names.into_iter().map(|name| Named {
                    text: At { value: name.value.as_str().to_owned(), span: name.span },
                    value: Some(At { value: Wait::default(), span: name.span }),
                    name: Some(name.value),
                });
                Some(Self(Map(entries.collect())))
            }
            Value::Mapping(_) => Map::read(node, reader).map(Self),
            Value::Scalar(_) => reader.wrong_type(node, "a list of services, or a mapping of conditions by service"),
        }
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [
            Vec::<At<ServiceName>>::schema(definitions),
            Map::<ServiceName, Wait>::schema(definitions),
        ]})
    }
}
