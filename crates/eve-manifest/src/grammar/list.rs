//! Lists of values of one kind.

use schemars::{Schema, json_schema};

use super::{At, Definitions, Reader, Shape};
use crate::tree::{Node, Value};

/// Items that cannot be read are reported and left out. Where none of them can, there is no list: an empty one would say
/// something else.
impl<T: Shape> Shape for Vec<At<T>> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::List(items) = &node.value else {
            let one = node.scalar().map(|_| "write it in brackets, as a list of one".to_owned());
            return reader.wrong_type_but(node, "a list", one);
        };
        let read: Self = items.iter().filter_map(|item| At::read(item, reader)).collect();
        (!read.is_empty() || items.is_empty()).then_some(read)
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "type": "array", "items": T::schema(definitions) })
    }
}
