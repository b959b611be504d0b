//! Remembering where values came from.

use std::borrow::Cow;
use std::sync::Arc;

use eve_core::{Origin, Origins, ServiceName};

use crate::tree::{Layer, Span};

/// Notes the origins of the values of one service after the other.
pub(super) struct Trace<'a> {
    file: &'a Arc<str>,
    values: Vec<(Cow<'static, str>, Origin)>,
}

impl<'a> Trace<'a> {
    pub(super) fn new(file: &'a Arc<str>) -> Self {
        Self { file, values: Vec::new() }
    }

    /// Notes where a value stands; nowhere means that the default holds.
    pub(super) fn value(&mut self, path: impl Into<Cow<'static, str>>, span: Option<Span>) {
        let origin = span.map_or(Origin::Default, |span| origin(self.file, span));
        self.values.push((path.into(), origin));
    }

    /// Says that the values noted so far are those of a service, whose name stands at `key`.
    pub(super) fn finish(&mut self, service: &ServiceName, key: Span, origins: &mut Origins) {
        let path = format!("services.{service}");
        origins.insert(path.clone(), origin(self.file, key));
        origins.insert_parts(path, self.values.drain(..).collect());
    }
}

pub(crate) fn origin(file: &Arc<str>, span: Span) -> Origin {
    let (file, line, column) = (Arc::clone(file), span.start.line, span.start.column);
    match span.layer {
        Layer::Base => Origin::File { file, line, column },
        Layer::Override => Origin::Override { file, line, column },
    }
}
