//! Remembering where values came from.

use std::sync::Arc;

use eve_core::{Origin, Origins};

use crate::tree::{Layer, Span};

/// Notes the origins of one service's values.
pub(super) struct Trace<'a> {
    file: &'a Arc<str>,
    /// The path of the service.
    prefix: String,
    origins: &'a mut Origins,
}

impl<'a> Trace<'a> {
    pub(super) fn new(file: &'a Arc<str>, prefix: String, origins: &'a mut Origins) -> Self {
        Self { file, prefix, origins }
    }

    /// The path of a value of the service.
    pub(super) fn path(&self, path: &str) -> String {
        format!("{}.{path}", self.prefix)
    }

    /// Notes where the whole of it stands.
    pub(super) fn whole(&mut self, span: Span) {
        let origin = origin(self.file, span);
        self.origins.insert(self.prefix.clone(), origin);
    }

    /// Notes where a value stands; nowhere means that the default holds.
    pub(super) fn value(&mut self, path: &str, span: Option<Span>) {
        let origin = span.map_or(Origin::Default, |span| origin(self.file, span));
        self.origins.insert(self.path(path), origin);
    }
}

pub(super) fn origin(file: &Arc<str>, span: Span) -> Origin {
    let (file, line, column) = (Arc::clone(file), span.start.line, span.start.column);
    match span.layer {
        Layer::Base => Origin::File { file, line, column },
        Layer::Override => Origin::Override { file, line, column },
    }
}
