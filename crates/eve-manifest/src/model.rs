//! A manifest after reading: what each environment is made of.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use eve_core::{EnvName, ServiceName};

use crate::Target;
use crate::codes;
use crate::grammar::{At, Dialect, Map, Mapping, Named, Reader, Shape};
use crate::language::{Config, ConfigName, Environment, Part, Pipeline, Role, Root, Service, Worker, Workflow};
use crate::problem::Note;
use crate::tree::{Node, Span, Value, merged};

/// The environment of a manifest that declares none, unless its target names one.
const DEFAULT: &str = "local";

/// Everything that a manifest says.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) root: Root,
    pub(crate) places: Vec<Place>,
    /// The numbers of the configs in their list.
    configs: HashMap<String, usize>,
}

/// One environment with its overrides laid over.
#[derive(Debug)]
pub(crate) struct Place {
    /// As it is declared. Where the manifest declares none, a target may name it otherwise.
    pub(crate) name: EnvName,
    /// Where it is declared; nowhere if the manifest declares none.
    pub(crate) span: Option<Span>,
    pub(crate) pipeline: Option<At<String>>,
    /// What else is said of it.
    pub(crate) said: Option<Environment>,
    pub(crate) services: Vec<Arc<Declared>>,
    numbers: HashMap<String, usize>,
}

/// A service with its name.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) name: ServiceName,
    /// The place of the name.
    pub(crate) key: Span,
    pub(crate) service: Arc<Service>,
    /// False if the value was no mapping, so that nothing more can be said about it.
    pub(crate) is_readable: bool,
}

impl Model {
    pub(crate) fn new(tree: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let root = Root::read(tree, reader)?;
        let base: Vec<Arc<Declared>> = root.services.iter().flat_map(|at| &at.value.0).filter_map(declared).collect();
        if let Some(at) = &root.environments {
            let (services, environments) = (base.len(), at.value.0.len());
            if services.saturating_mul(environments) > reader.limits.services {
                let most = reader.limits.services;
                let text = format!("{services} services in {environments} environments are more than {most} in all");
                let note = Note::error(codes::SIZE_LIMIT, at.span, text);
                reader.report.add(note.hint("make several manifests of it"));
                return None;
            }
        }
        let mut places = Vec::new();
        for named in root.environments.iter().flat_map(|at| &at.value.0) {
            let (Some(name), Some(environment)) = (&named.name, &named.value) else { continue };
            let services = overridden(&base, &environment.value, tree, reader);
            let mut place = Place::new(name.clone(), Some(named.text.span), services);
            place.pipeline.clone_from(&environment.value.pipeline);
            place.said = Some(environment.value.clone());
            places.push(place);
        }
        if !root.says("environments") {
            let name = EnvName::new(DEFAULT).expect("a literal label is an environment name");
            places.push(Place::new(name, None, base));
        }
        let configs = root.configs.iter().flat_map(|at| at.value.names());
        let configs = configs.enumerate().map(|(number, name)| (name.to_owned(), number)).collect();
        Some(Self { root, places, configs })
    }

    /// The project's name as it is written.
    pub(crate) fn name(&self) -> Option<&At<String>> {
        self.root.name.as_ref()
    }

    /// True if a name stands there, readable or not.
    pub(crate) fn says_name(&self) -> bool {
        self.root.says("name")
    }

    /// The language that the file names.
    pub(crate) fn dialect(&self) -> Dialect {
        if self.root.schema.is_some() { Dialect::Eve } else { Dialect::Compose }
    }

    /// True if the file says which environments there are.
    pub(crate) fn declares_environments(&self) -> bool {
        self.root.says("environments")
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

    /// The workflows, those that could be read.
    pub(crate) fn workflows(&self) -> impl Iterator<Item = (&At<String>, &Workflow)> {
        let named = self.root.workflows.iter().flat_map(|at| &at.value.0);
        named.filter_map(|named| Some((&named.text, &named.value.as_ref()?.value)))
    }

    /// The names of all configs.
    pub(crate) fn config_names(&self) -> impl Iterator<Item = &str> {
        self.root.configs.iter().flat_map(|at| at.value.names())
    }

    /// True if a config is declared, readable or not.
    pub(crate) fn declares_config(&self, name: &ConfigName) -> bool {
        self.configs.contains_key(name.as_str())
    }

    /// A declared config, if it could be read.
    pub(crate) fn config(&self, name: &ConfigName) -> Option<&Config> {
        let number = self.configs.get(name.as_str())?;
        let named = self.root.configs.as_ref()?.value.0.get(*number)?;
        named.value.as_ref().map(|at| &at.value)
    }

    /// The names of all services.
    pub(crate) fn service_names(&self) -> impl Iterator<Item = &str> {
        self.root.services.iter().flat_map(|at| at.value.names())
    }
}

impl Place {
    fn new(name: EnvName, span: Option<Span>, services: Vec<Arc<Declared>>) -> Self {
        let numbers = services.iter().enumerate().map(|(i, d)| (d.name.as_str().to_owned(), i)).collect();
        Self { name, span, pipeline: None, said: None, services, numbers }
    }

    /// Its name for this target.
    pub(crate) fn name_for<'a>(&'a self, target: &'a Target) -> &'a EnvName {
        target.environment.as_ref().filter(|_| self.span.is_none()).unwrap_or(&self.name)
    }

    /// The workers that it names. None if it names none, and all of them run there.
    pub(crate) fn workers(&self) -> Option<&[At<Worker>]> {
        self.said.as_ref()?.workers.as_ref().map(|at| &*at.value.all)
    }

    /// What it says of a service of role worker.
    pub(crate) fn worker(&self, name: &ServiceName) -> Option<&Worker> {
        let is_it = |at: &&At<Worker>| at.value.service.as_ref().is_some_and(|at| at.value == name.as_str());
        self.workers()?.iter().find(is_it).map(|at| &at.value)
    }

    /// True if a service runs there: a worker may be left out. One that cannot be read may be any of them.
    pub(crate) fn runs(&self, declared: &Declared) -> bool {
        let named = self.said.as_ref().and_then(|said| said.workers.as_ref()).filter(|at| at.value.is_whole);
        declared.service.role() != Role::Worker || named.is_none() || self.worker(&declared.name).is_some()
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Declared> {
        self.numbers.get(name).and_then(|number| self.services.get(*number)).map(AsRef::as_ref)
    }
}

fn declared(named: &Named<ServiceName, Arc<Service>>) -> Option<Arc<Declared>> {
    Some(Arc::new(Declared {
        name: named.name.clone()?,
        key: named.text.span,
        service: named.value.as_ref().map(|at| Arc::clone(&at.value)).unwrap_or_default(),
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
    let known: HashSet<&str> = base.iter().map(|known| known.name.as_str()).collect();
    for part in parts.0.iter().filter(|part| part.name.is_some() && !known.contains(part.text.value.as_str())) {
        let names = base.iter().map(|known| known.name.as_str());
        let text = format!("no service is named `{}`, so nothing can be overridden", part.text.value);
        let note = Note::error(codes::UNKNOWN_REFERENCE, part.text.span, text);
        let hint = reader.report.suggest(&part.text.value, names);
        reader.report.add(note.maybe_hint(hint));
    }
    let parts: HashMap<&str, &At<Part>> =
        parts.0.iter().filter_map(|part| Some((part.text.value.as_str(), part.value.as_ref()?))).collect();
    let below: HashMap<&str, &Node> = match Root::TABLE.value(tree, "services").map(|services| &services.value) {
        Some(Value::Mapping(entries)) => entries.iter().map(|entry| (entry.key.text.as_str(), &entry.value)).collect(),
        _ => HashMap::new(),
    };
    let lay = |known: &Arc<Declared>| {
        let name = known.name.as_str();
        let (Some(over), Some(below)) = (parts.get(name), below.get(name)) else { return Arc::clone(known) };
        if !matches!(over.value.0.value, Value::Mapping(_)) {
            reader.wrong_type::<()>(&over.value.0, "a mapping (service)");
            return Arc::clone(known);
        }
        let service = Shape::read(&merged(below, &over.value.0), reader);
        Arc::new(Declared {
            name: known.name.clone(),
            key: known.key,
            is_readable: service.is_some(),
            service: service.unwrap_or_default(),
        })
    };
    base.iter().map(lay).collect()
}
