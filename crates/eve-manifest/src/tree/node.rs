//! Values with their places.

use super::{Kind, Layer, Scalar, Span};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) value: Node,
}

/// A key's text and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl Node {
    /// What a person would call the value.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) => match scalar.kind() {
                Kind::Null => "nothing",
                Kind::Bool(_) => "a boolean",
                Kind::Integer(_) => "a whole number",
                Kind::Float => "a number",
                Kind::Text => "text",
            },
            Value::List(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The value of a key, if this is a mapping that has it.
    pub(crate) fn at(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Mapping(entries) => entries.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    /// A single value that was put together, at the place of this one.
    pub(crate) fn filled(&self, text: String) -> Self {
        Self { span: self.span, value: Value::Scalar(Scalar::filled(text)) }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.kind() == Kind::Null)
    }

    /// Marks the value and everything in it as said for one environment. The depth is bounded by
    /// the limits under which the tree was built.
    pub(crate) fn overriding(mut self) -> Self {
        self.span.layer = Layer::Override;
        self.value = match self.value {
            Value::Scalar(scalar) => Value::Scalar(scalar),
            Value::List(items) => Value::List(items.into_iter().map(Self::overriding).collect()),
            Value::Mapping(entries) => Value::Mapping(entries.into_iter().map(Entry::overriding).collect()),
        };
        self
    }
}

impl Entry {
    pub(crate) fn overriding(mut self) -> Self {
        self.key.span.layer = Layer::Override;
        self.value = self.value.overriding();
        self
    }
}
