//! What a value may look like.

use schemars::Schema;

use super::{Definitions, Reader};
use crate::tree::Node;

/// A kind of value: how it is read, and what a JSON Schema says of it.
pub(crate) trait Shape: Sized {
    /// Reads a value. None if it is of no use; then the reader was told why.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self>;

    /// What is accepted, as JSON Schema.
    fn schema(definitions: &mut Definitions) -> Schema;
}
