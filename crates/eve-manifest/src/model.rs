//! A manifest after reading: what each environment is made of.

use std::sync::Arc;

use eve_core::{EnvName, ServiceName};

use crate::codes;
use crate::grammar::{At, Map, Mapping, Reader, Shape};
use crate::language::{Environment, Pipeline, Root, Service};
use crate::problem::Note;
use crate::suggest::suggest;
use crate::tree::{Node, Span, Value, merged};

/// Everything that a manifest says.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) root: Root,
    pub(crate) places: Vec<Place>,
}

/// One environment with its overrides laid over.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) name: EnvName,
    /// Where it is declared; nowhere if the manifest declares none.
    pub(crate) span: Option<Span>,
    pub(crate) pipeline: Option<At<String>>,
    pub(crate) services: Vec<Arc<Declared>>,
}

/// A service with its name.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) name: ServiceName,
    /// The place of the name.
    pub(crate) key: Span,
    pub(crate) service: Service,
    /// False if the value was no mapping, so that nothing more can be said about it.
    pub(crate) is_readable: bool,
}

impl Model {
    pub(crate) fn new(tree: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let root = Root::read(tree, reader)?;
        let base: Vec<Arc<Declared>> = root.services.iter().flat_map(|at| &at.value.0).filter_map(declared).collect();
        let mut places = Vec::new();
        for named in root.environments.iter().flat_map(|at| &at.value.0) {
            let (Some(name), Some(environment)) = (&named.name, &named.value) else { continue };
            places.push(Place {
                name: name.clone(),
                span: Some(named.text.span),
                pipeline: environment.value.pipeline.clone(),
                services: overridden(&base, &environment.value, tree, reader),
            });
        }
        if !root.says("environments") {
            let name = EnvName::new("local").expect("a literal label is an environment name");
            places.push(Place { name, span: None, pipeline: None, services: base });
        }
        Some(Self { root, places })
    }

    /// The pipelines, those that could be read.
    pub(crate) fn pipelines(&self) -> impl Iterator<Item = (&At<String>, &Pipeline)> {
        let named = self.root.pipelines.iter().flat_map(|at| &at.value.0);
        named.filter_map(|named| Some((&named.text, &named.value.as_ref()?.value)))
    }

    /// The names of all pipelines.
    pub(crate) fn pipeline_names(&self) -> impl Iterator<Item = &str> {
        self.root.pipelines.iter().flat_map(|at| at.value.names())
    }

    /// The names of all services.
    pub(crate) fn service_names(&self) -> impl Iterator<Item = &str> {
        self.root.services.iter().flat_map(|at| at.value.names())
    }
}

impl Place {
    pub(crate) fn find(&self, name: &str) -> Option<&Declared> {
        self.services.iter().find(|declared| declared.name.as_str() == name).map(AsRef::as_ref)
    }
}

fn declared(named: &crate::grammar::Named<ServiceName, Service>) -> Option<Arc<Declared>> {
    Some(Arc::new(Declared {
        name: named.name.clone()?,
        key: named.text.span,
        service: named.value.as_ref().map(|at| at.value.clone()).unwrap_or_default(),
        is_readable: named.value.is_some(),
    }))
}

/// The services with what one environment says of them.
fn overridden(
    base: &[Arc<Declared>],
    environment: &Environment,
    tree: &Node,
    reader: &mut Reader<'_>,
) -> Vec<Arc<Declared>> {
    let parts = environment.overrides.as_ref().and_then(|at| at.value.services.as_ref()).map(|at| &at.value);
    let empty = Map::default();
    let parts = parts.unwrap_or(&empty);
    for part in &parts.0 {
        if part.name.is_some() && !base.iter().any(|known| known.name.as_str() == part.text.value) {
            let names = base.iter().map(|known| known.name.as_str());
            let text = format!("no service is named `{}`, so nothing can be overridden", part.text.value);
            let note = Note::error(codes::UNKNOWN_REFERENCE, part.text.span, text);
            reader.report.add(note.maybe_hint(suggest(&part.text.value, names)));
        }
    }
    let lay = |known: &Arc<Declared>| {
        let part = parts.0.iter().find(|part| part.text.value == known.name.as_str());
        let over = part.and_then(|part| part.value.as_ref());
        let below = tree.at("services").and_then(|services| services.at(known.name.as_str()));
        let (Some(over), Some(below)) = (over, below) else { return Arc::clone(known) };
        if !matches!(over.value.0.value, Value::Mapping(_)) {
            reader.wrong_type::<()>(&over.value.0, "a mapping (service)");
            return Arc::clone(known);
        }
        let service = Service::read(&merged(below, &over.value.0), reader);
        Arc::new(Declared {
            name: known.name.clone(),
            key: known.key,
            is_readable: service.is_some(),
            service: service.unwrap_or_default(),
        })
    };
    base.iter().map(lay).collect()
}
