//! Mappings whose keys are names that the author chose.

use std::str::FromStr;

use eve_core::Error;
use schemars::{Schema, json_schema};

use super::{At, Definitions, Reader, Shape};
use crate::problem::Note;
use crate::tree::{Node, Value};

/// Values by name, in the order of the text.
#[derive(Debug, Clone)]
pub(crate) struct Map<K, T>(pub(crate) Vec<Named<K, T>>);

/// A name and its value. Either may have been unreadable; the text is there all the same, so that
/// whoever speaks of it is not told that it does not exist.
#[derive(Debug, Clone)]
pub(crate) struct Named<K, T> {
    pub(crate) text: At<String>,
    pub(crate) name: Option<K>,
    pub(crate) value: Option<At<T>>,
}

impl<K, T> Map<K, T> {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|named| named.text.value.as_str())
    }
}

impl<K, T> Default for Map<K, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: FromStr<Err = Error>, T: Shape> Shape for Map<K, T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Mapping(entries) = &node.value else { return reader.wrong_type(node, "a mapping") };
        let read = entries.iter().map(|entry| {
            let name = entry.key.text.parse::<K>();
            if let Err(error) = &name {
                reader.report.add(Note::refused(entry.key.span, error));
            }
            Named {
                text: At { value: entry.key.text.clone(), span: entry.key.span },
                name: name.ok(),
                value: At::read(&entry.value, reader),
            }
        });
        Some(Self(read.collect()))
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": T::schema(definitions) })
    }
}
