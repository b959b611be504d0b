//! A value with its place.

use schemars::Schema;

use super::{Definitions, Reader, Shape};
use crate::tree::{Node, Span};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<T: Shape> Shape for At<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(|value| Self { value, span: node.span })
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        T::schema(definitions)
    }
}
