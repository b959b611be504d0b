//! Making what is shown.

use std::sync::Arc;

use eve_core::{EnvName, Origin};
use serde_json::Value as Json;

use super::{Item, Shown, Worth};
use crate::Limits;
use crate::Problem;
use crate::grammar::{Dialect, Reader, Shape as _};
use crate::interpolation::{Scope, TemplateText};
use crate::lower::origin;
use crate::problem::Report;
use crate::reference::Guide;
use crate::tree::{Entry, Key, Node, Value, merged};

/// What is needed to show a manifest in which nothing is wrong.
#[derive(Debug)]
pub(crate) struct Shower<'a> {
    guide: &'a Guide,
    file: Arc<str>,
    /// What reading again would report; it was.
    report: Report,
    limits: &'a Limits,
    env: Option<&'a EnvName>,
}

/// Where a value stands: what it may be, what variables mean there, and in which service.
#[derive(Clone, Copy)]
struct Spot<'s> {
    shape: &'s Json,
    scope: &'s Scope<'s>,
    role: Role,
}

/// What a service does, as far as defaults hang on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Not a service.
    None,
    Running,
    Job,
    Managed,
    External,
}

impl<'a> Shower<'a> {
    pub(crate) fn new(guide: &'a Guide, report: Report, limits: &'a Limits, env: Option<&'a EnvName>) -> Self {
        Self { guide, file: report.file().into(), report, limits, env }
    }

    /// The whole manifest. With an environment its overrides are laid over, and it is the only one.
    pub(crate) fn show(mut self, tree: &Node, scope: &Scope<'_>, warnings: Vec<Problem>) -> Shown {
        let guide = self.guide;
        let tree = self.env.map_or_else(|| tree.clone(), |env| self.only(tree, env));
        let spot = Spot { shape: guide.root(), scope, role: Role::None };
        Shown { root: self.item(&tree, "", spot), warnings }
    }

    /// The tree for one environment: with what it says of services laid over them.
    fn only(&self, tree: &Node, env: &EnvName) -> Node {
        let mut tree = tree.clone();
        let key = |entry: &Entry| self.guide.at(self.guide.root(), &entry.key.text).map(|(key, _)| key.to_owned());
        let Value::Mapping(entries) = &mut tree.value else { return tree };
        let (mut overrides, mut workers) = (None, Vec::new());
        for entry in entries.iter_mut().filter(|entry| key(entry).as_deref() == Some("environments")) {
            let Value::Mapping(environments) = &mut entry.value.value else { continue };
            environments.retain(|one| one.key.text == env.as_str());
            for environment in environments {
                let Value::Mapping(keys) = &mut environment.value.value else { continue };
                overrides = keys.iter().find(|one| one.key.text == "overrides").map(|one| one.value.clone());
                workers =
                    keys.iter().filter(|one| one.key.text == "workers").flat_map(|one| replicas(&one.value)).collect();
                keys.retain(|one| one.key.text != "overrides");
            }
        }
        let over = overrides.as_ref().and_then(|over| over.at("services"));
        for entry in entries.iter_mut().filter(|entry| key(entry).as_deref() == Some("services")) {
            entry.value = over.map_or_else(|| entry.value.clone(), |over| merged(&entry.value, over));
            let Value::Mapping(services) = &mut entry.value.value else { continue };
            for (name, replicas) in &workers {
                let Some(service) = services.iter_mut().find(|one| one.key.text == *name) else { continue };
                set_replicas(&mut service.value, replicas);
            }
        }
        tree
    }

    fn item(&mut self, node: &Node, path: &str, spot: Spot<'_>) -> Item {
        let place = origin(&self.file, node.span);
        match &node.value {
            Value::Scalar(_) => self.single(node, place, spot),
            Value::List(items) => {
                let guide = self.guide;
                let shape = guide.item(spot.shape).unwrap_or(&Json::Null);
                let items = items.iter().map(|item| self.item(item, path, Spot { shape, ..spot })).collect();
                Item { origin: place, worth: Worth::List(items) }
            }
            Value::Mapping(entries) => {
                let worth = Worth::Mapping(self.entries(node, entries, path, spot));
                Item { origin: place, worth }
            }
        }
    }

    /// The entries of a mapping, and what holds in it by default.
    fn entries(&mut self, node: &Node, entries: &[Entry], path: &str, spot: Spot<'_>) -> Vec<(String, Item)> {
        let guide = self.guide;
        let mut out = Vec::new();
        for entry in entries {
            let written = entry.key.text.as_str();
            let (key, shape) = guide.at(spot.shape, written).unwrap_or((written, &Json::Null));
            let inner = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let spot = Spot { shape, ..spot };
            let item = if path == "services" {
                self.service(&entry.value, written, &inner, spot)
            } else {
                self.item(&entry.value, &inner, spot)
            };
            out.push((key.to_owned(), item));
        }
        let keys = guide.keys(spot.shape).into_iter().flatten();
        for (key, shape) in keys.filter(|(_, shape)| shape.get("x-eve-spelling-of").is_none()) {
            let default = match spot.scope.dialect {
                Dialect::Eve => shape.get("default"),
                Dialect::Compose => shape.get("x-eve-default-without-schema").or_else(|| shape.get("default")),
            };
            let is_said = out.iter().any(|(said, _)| said == key);
            let inner = format!("{path}.{key}");
            if let Some(default) = default.filter(|_| !is_said && spot.role.has_default(&inner, node)) {
                out.push((key.clone(), Item { origin: Origin::Default, worth: Worth::Single(default.clone()) }));
            }
        }
        out
    }

    fn service(&mut self, node: &Node, name: &str, path: &str, spot: Spot<'_>) -> Item {
        let mut own = spot.scope.own.clone();
        own.insert("COMPONENT_NAME", name.to_owned());
        let scope = Scope { own, callers: spot.scope.callers, dialect: spot.scope.dialect };
        self.item(node, path, Spot { scope: &scope, role: Role::of(node), ..spot })
    }

    fn single(&mut self, node: &Node, place: Origin, spot: Spot<'_>) -> Item {
        let as_written = |worth| Item { origin: place.clone(), worth: Worth::Single(worth) };
        let Some(scalar) = node.scalar() else { return as_written(Json::Null) };
        let alternatives = self.guide.alternatives(spot.shape);
        let is = |mark: bool| alternatives.iter().any(|one| one["x-eve-filled-in"] == mark);
        // Of what is carried along or not looked at nothing is known.
        let is_known =
            alternatives.iter().any(|one| one.is_object() && !one["type"].is_null() || one["enum"].is_array());
        let is_filled_in = is(true) || is_known && !is(false) && spot.scope.dialect == Dialect::Compose;
        let is_text = |one: &&Json| one["type"].as_array().is_some_and(|types| types.contains(&"number".into()));
        let as_it_is = node.to_json();
        let is_word = |one: &&Json| one["enum"].as_array().is_some_and(|words| words.contains(&as_it_is));
        let is_text = alternatives.iter().any(is_text) && !alternatives.iter().any(is_word) && !node.is_null();
        let plain = |text: &str| if is_text { Json::from(text) } else { as_it_is.clone() };
        if !is_filled_in || !scalar.text.contains('$') {
            return as_written(plain(&scalar.text));
        }
        let pieces = TemplateText::read(node, &mut Reader::new(&mut self.report, spot.scope.dialect, self.limits));
        let Some(pieces) = pieces else { return as_written(plain(&scalar.text)) };
        let (text, variable) = spot.scope.written(&pieces);
        let origin = match (variable, place) {
            (Some(name), Origin::File { file, line, column } | Origin::Override { file, line, column }) => {
                Origin::Variable { name: name.into(), file, line, column }
            }
            (_, place) => place,
        };
        let value = if is_text { text.into() } else { node.filled(text).to_json() };
        Item { origin, worth: Worth::Single(value) }
    }
}

/// How many of each worker an environment runs, where it says so.
fn replicas(workers: &Node) -> Vec<(String, Entry)> {
    let Value::List(workers) = &workers.value else { return Vec::new() };
    let of = |worker: &Node| {
        let name = worker.at("service").or_else(|| worker.at("name"))?.scalar()?.text.clone();
        let value = worker.at("replicas")?.clone();
        Some((name, Entry { key: Key { text: "replicas".to_owned(), span: value.span }, value }))
    };
    workers.iter().filter_map(of).collect()
}

/// Sets how many of a service there are, at the key that says it already.
fn set_replicas(service: &mut Node, replicas: &Entry) {
    let Value::Mapping(keys) = &mut service.value else { return };
    let holds = |one: &Entry| one.key.text == "deploy" && one.value.at("replicas").is_some();
    if let Some(deploy) = keys.iter_mut().find(|one| holds(one)) {
        return set_replicas(&mut deploy.value, replicas);
    }
    keys.retain(|one| one.key.text != replicas.key.text);
    keys.push(replicas.clone());
}

impl Role {
    fn of(service: &Node) -> Self {
        let x = service.at("x-eve").or_else(|| service.at("x_eve"));
        let text = |key: &str| x.and_then(|x| x.at(key)).and_then(Node::scalar).map(|scalar| scalar.text.as_str());
        if text("connection_url").or(text("url")).is_some() || text("external") == Some("true") {
            return Self::External;
        }
        match text("role") {
            Some("job") => Self::Job,
            Some("managed_db" | "database") => Self::Managed,
            _ => Self::Running,
        }
    }

    /// True if a key's default holds in a mapping of a service; `path` is the one of the key.
    fn has_default(self, path: &str, mapping: &Node) -> bool {
        // Below `services` and the service's name.
        let key = path.splitn(3, '.').nth(2).unwrap_or_default();
        match self {
            Self::None => true,
            Self::External => false,
            Self::Managed => key.starts_with("x-eve.managed."),
            Self::Job => !["replicas", "restart", "stop_grace_period"].contains(&key),
            Self::Running if key == "replicas" => {
                mapping.at("deploy").and_then(|deploy| deploy.at("replicas")).is_none()
            }
            Self::Running => !["x-eve.timeout", "x-eve.retries"].contains(&key),
        }
    }
}
