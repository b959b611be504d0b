//! Reading values, and where problems go.

use crate::codes;
use crate::problem::{Note, Report};
use crate::tree::Node;

/// What a shape needs beside the value itself.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) report: &'a mut Report,
    pub(crate) dialect: Dialect,
}

/// Which language a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `schema: eve/compose/v2`: only the language's own variables exist.
    Eve,
    /// No schema: variables of the caller exist too, as in Compose.
    Compose,
}

impl Reader<'_> {
    /// Reports that a value is of another type than expected.
    pub(crate) fn wrong_type<T>(&mut self, node: &Node, expected: &str) -> Option<T> {
        let text = format!("expected {expected}, found {}", node.describe());
        let hint = node.is_null().then(|| "write a value ({} for an empty mapping), or remove the key".to_owned());
        self.report.add(Note::error(codes::WRONG_TYPE, node.span, text).maybe_hint(hint));
        None
    }

    /// Reports that a value of the right type cannot be meant.
    pub(crate) fn bad_value<T>(
        &mut self,
        node: &Node,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Option<T> {
        self.report.add(Note::error(codes::BAD_VALUE, node.span, message).hint(hint));
        None
    }
}
