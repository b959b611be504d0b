//! Our own tree of a YAML text: every key and value knows where it stands.

mod builder;
mod characters;
mod json;
mod merge;
mod node;
mod parse;
mod scalar;
mod span;
mod window;

pub(crate) use characters::is_invisible;
pub(crate) use merge::merged;
pub(crate) use node::{Entry, Key, Node, Value};
pub(crate) use parse::parse;
pub(crate) use scalar::{Kind, Scalar};
pub(crate) use span::{Layer, Mark, Span};
