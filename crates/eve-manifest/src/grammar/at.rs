//! A value with its place.

use std::sync::Arc;

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

/// Values in a place of their own: what is rarely there need not have room in what is often there.
macro_rules! in_a_place_of_their_own {
    ($($pointer:ident)*) => {$(
        impl<T: Shape> Shape for $pointer<T> {
            fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                T::read(node, reader).map(Self::new)
            }

            fn schema(definitions: &mut Definitions) -> Schema {
                T::schema(definitions)
            }
        }
    )*};
}

in_a_place_of_their_own! { Arc Box }
