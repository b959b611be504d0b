//! Lists of values of one kind.

use schemars::{Schema, json_schema};

use super::{At, Definitions, Reader, Shape};
use crate::tree::{Node, Value};

/// Items that cannot be read are reported and left out.
impl<T: Shape> Shape for Vec<At<T>> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::List(items) = &node.value else { return reader.wrong_type(node, "a list") };
        Some(items.iter().filter_map(|item| At::read(item, reader)).collect())
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "type": "array", "items": T::schema(definitions) })
    }
}
