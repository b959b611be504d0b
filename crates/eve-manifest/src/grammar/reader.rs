//! Reading values, and where problems go.

use std::borrow::Cow;

use super::Shape;
use crate::Limits;
use crate::codes;
use crate::interpolation::{PlainText, Scope, foreign};
use crate::problem::{Note, Report};
use crate::tree::{Kind, Node, Scalar, Span};

/// What a shape needs beside the value itself.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) report: &'a mut Report,
    pub(crate) dialect: Dialect,
    pub(crate) limits: &'a Limits,
    /// How many references were read.
    references: usize,
    /// What variables mean, once that is known.
    scope: Option<&'a Scope<'a>>,
    is_open: bool,
}

/// Which language a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `schema: eve/compose/v2`: only the language's own variables exist, in the values that say so.
    Eve,
    /// No schema: variables of the caller exist too, in every value, as in Compose.
    Compose,
}

impl<'a> Reader<'a> {
    /// Reads a text whose variables have no values yet.
    pub(crate) fn new(report: &'a mut Report, dialect: Dialect, limits: &'a Limits) -> Self {
        Self { report, dialect, limits, references: 0, scope: None, is_open: false }
    }

    /// Gives variables their values.
    pub(crate) fn with_scope(mut self, scope: &'a Scope<'a>) -> Self {
        self.scope = Some(scope);
        self
    }

    /// True if a value was left out because it is known only with the values of variables.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Counts a reference in a value. None if there are too many, which is reported where the first of those stands.
    pub(crate) fn count_reference(&mut self, span: Span) -> Option<()> {
        self.references += 1;
        if self.references == self.limits.references + 1 {
            let text = format!("the values hold more than {} references", self.limits.references);
            self.report.add(Note::error(codes::SIZE_LIMIT, span, text));
        }
        (self.references <= self.limits.references).then_some(())
    }

    /// A single value as it is written, for a shape that reads the interpolations in it itself.
    pub(crate) fn written<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n Scalar> {
        let scalar = node.scalar().filter(|scalar| scalar.kind() != Kind::Null);
        if scalar.is_none() {
            self.wrong_type::<()>(node, expected);
        }
        scalar
    }

    /// A single value, with the interpolations filled in where the file's language has them in every
    /// value. None if it is of no use, which is reported, or cannot be known yet, which is not.
    pub(crate) fn scalar<'n>(&mut self, node: &'n Node, expected: &str) -> Option<Cow<'n, Scalar>> {
        let written = self.written(node, expected)?;
        if !written.text.contains('$') {
            return Some(Cow::Borrowed(written));
        }
        if self.dialect == Dialect::Eve {
            return self.as_written(node, written, expected).map(Cow::Borrowed);
        }
        let text = PlainText::read(node, self)?;
        let filled = if let Some(scope) = self.scope {
            scope.text(&text, self.report)
        } else {
            let literal = text.literal();
            self.is_open |= literal.is_none();
            literal
        };
        filled.map(|text| Cow::Owned(Scalar::filled(text)))
    }

    /// A value in which nothing is filled in. What asks for it would stay in it as text, and is refused.
    fn as_written<'n>(&mut self, node: &Node, written: &'n Scalar, expected: &str) -> Option<&'n Scalar> {
        const HINT: &str = "write the value itself; variables are for `environment`, `image`, `command`, `build` and what else their docs name";
        let Some(at) = written.text.find("${") else { return Some(written) };
        let (before, rest) = written.text.split_at(at);
        let length = rest.find('}').map_or(rest.chars().count(), |end| rest[..=end].chars().count());
        let span = written.part(node.span, before.chars().count(), length);
        if rest.starts_with("${{") {
            self.report.add(foreign(span));
            return None;
        }
        let problem = Note::error(codes::NOT_INTERPOLATED, span, "nothing is filled in here");
        let is_its_name = expected == "the name of a secret" && rest.starts_with("${secret.");
        let hint = if is_its_name { "write the secret's name alone: what it holds stands in the store" } else { HINT };
        self.report.add(problem.hint(hint));
        None
    }

    /// Reports that a value is of another type than expected.
    pub(crate) fn wrong_type<T>(&mut self, node: &Node, expected: &str) -> Option<T> {
        self.wrong_type_but(node, expected, None)
    }

    /// As [`Self::wrong_type`], with what to do about a value that is there.
    pub(crate) fn wrong_type_but<T>(&mut self, node: &Node, expected: &str, hint: Option<String>) -> Option<T> {
        let text = format!("expected {expected}, found {}", node.describe());
        let empty = if expected.starts_with("a mapping") {
            " ({} for an empty mapping)"
        } else if expected.starts_with("a list") {
            " ([] for an empty list)"
        } else {
            ""
        };
        let nothing = || format!("write a value{empty}, or remove the key");
        let hint = if node.is_null() { Some(nothing()) } else { hint };
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
