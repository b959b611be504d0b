//! A manifest that was read and checked.

use std::sync::Arc;

use eve_core::{Digest, EnvName, ProjectName};

use crate::check::check;
use crate::codes;
use crate::grammar::{At, Dialect, Mapping as _, Reader, Shape as _, document};
use crate::interpolation::Scope;
use crate::language::Root;
use crate::lower;
use crate::model::Model;
use crate::problem::{Note, Report};
use crate::reference::Guide;
use crate::show::{Shower, Shown};
use crate::text::Source;
use crate::tree::{Node, Span, parse};
use crate::{Limits, Lowered, Problem, Problems, Target, Text};

/// A manifest without errors.
#[derive(Debug)]
pub struct Manifest {
    source: Arc<Source>,
    digest: Digest,
    model: Model,
    /// The text's values, where some of them are known only with the variables of a target.
    open: Option<Node>,
    warnings: Vec<Problem>,
    limits: Limits,
}

impl Manifest {
    /// Reads a manifest and checks everything that does not depend on a [`Target`].
    ///
    /// Without a schema, any value may hold variables of the caller, as in Compose. What such a value
    /// says, and how it fits to the rest, is checked where the manifest is lowered.
    ///
    /// # Errors
    /// Every problem of the text, if one of them is an error.
    ///
    /// # Panics
    /// Never: where there is no model, an error was reported.
    pub fn parse(text: Text<'_>, limits: &Limits) -> Result<Self, Problems> {
        let Reading { source, digest, mut report, model, open } = Reading::of(text, limits);
        if let (Some(model), None) = (&model, &open) {
            check(model, &mut report);
        }
        let warnings = report.finish()?;
        let model = model.expect("a manifest that cannot be read has an error");
        Ok(Self { source, digest, model, open, warnings, limits: limits.clone() })
    }

    /// Reads and resolves a manifest in one go, so that everything that is wrong with it is named at once: what
    /// [`parse`](Self::parse) finds, and what [`lower`](Self::lower) would find after that.
    ///
    /// # Errors
    /// Every problem of the text, if one of them is an error.
    ///
    /// # Panics
    /// Never: where there is no project, an error was reported.
    pub fn resolve(text: Text<'_>, limits: &Limits, target: &Target) -> Result<Lowered, Problems> {
        let Reading { digest, mut report, model, open, .. } = Reading::of(text, limits);
        let model = match (model, open) {
            (Some(model), Some(tree)) => fill(&model, &tree, target, limits, &mut report),
            (Some(model), None) => {
                check(&model, &mut report);
                Some(model)
            }
            (None, _) => None,
        };
        let project = model.and_then(|model| lower::project(&model, digest, target, &mut report));
        let warnings = report.finish()?;
        let project = project.expect("a manifest that cannot be lowered has an error");
        Ok(Lowered { project, warnings })
    }

    /// Reads a manifest and shows it as it holds: keys in their one spelling, the known variables filled in, and what
    /// holds by default. With an environment, its overrides are laid over the rest, and it is the only one.
    ///
    /// # Errors
    /// What [`resolve`](Self::resolve) finds, and an environment that the manifest does not declare.
    ///
    /// # Panics
    /// Never: a text that was resolved has a tree.
    pub fn show(text: Text<'_>, limits: &Limits, target: &Target, env: Option<&EnvName>) -> Result<Shown, Problems> {
        let Lowered { project, warnings, .. } = Self::resolve(text, limits, target)?;
        let source = Arc::new(Source::new(text));
        let mut report = Report::new(Arc::clone(&source), limits.problems);
        let tree = parse(&source.text, limits, &mut report).expect("a text that was resolved has a tree");
        let declared = Root::TABLE.value(&tree, "environments");
        if let (Some(env), Some(declared)) = (env.filter(|env| !project.environments.contains_key(env)), declared) {
            let text = format!("no environment is named `{env}`");
            let hint = report.suggest(env.as_str(), project.environments.keys().map(EnvName::as_str));
            report.add(Note::error(codes::UNKNOWN_REFERENCE, declared.span, text).maybe_hint(hint));
            return Err(report.finish().expect_err("an error was just reported"));
        }
        let mut own = lower::variables(target, Some(&project.name));
        let only = project.environments.keys().next().filter(|_| project.environments.len() == 1);
        own.extend(env.or(only).map(|env| ("ENV_NAME", env.to_string())));
        let scope = Scope { own, callers: &target.variables, dialect: dialect(&tree) };
        Ok(Shower::new(&Guide::new(), report, limits, env).show(&tree, &scope, warnings))
    }

    /// Resolves the manifest: names, variables, hosts, each environment with its overrides.
    ///
    /// # Errors
    /// Every value that cannot be resolved for this target, with the warnings.
    ///
    /// # Panics
    /// Never: where there is no project, an error was reported.
    pub fn lower(&self, target: &Target) -> Result<Lowered, Problems> {
        let mut report = Report::new(Arc::clone(&self.source), self.limits.problems);
        let filled = self.open.as_ref().map(|tree| fill(&self.model, tree, target, &self.limits, &mut report));
        // A text that is read again says again what there is to warn of.
        let known: &[Problem] = if filled.is_some() { &[] } else { &self.warnings };
        let model = filled.as_ref().map_or(Some(&self.model), Option::as_ref);
        let project = model.and_then(|model| lower::project(model, self.digest.clone(), target, &mut report));
        let mut warnings = report.finish().map_err(|problems| problems.with(known))?;
        warnings.extend(known.iter().cloned());
        warnings.sort_by_key(|problem| (problem.line, problem.column));
        let project = project.expect("a manifest that cannot be lowered has an error");
        Ok(Lowered { project, warnings })
    }

    /// The SHA-256 of the text.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The project's name for a target: the one that the target says, or else the manifest's own, made
    /// fit for a name. None if neither says one.
    ///
    /// # Errors
    /// If the name that is written is none, or has variables without a value.
    pub fn project_name(&self, target: &Target) -> Result<Option<ProjectName>, Problems> {
        let mut report = Report::new(Arc::clone(&self.source), self.limits.problems);
        let written = match (self.model.name(), &self.open) {
            (None, Some(tree)) => Root::TABLE.value(tree, "name").and_then(|node| {
                let scope = scope(&self.model, target, None);
                At::read(node, &mut Reader::new(&mut report, Dialect::Compose, &self.limits).with_scope(&scope))
            }),
            (written, _) => written.cloned(),
        };
        let name = lower::name(written.as_ref(), target, &mut report);
        report.finish().map(|_| name)
    }

    /// What the author should know, as far as it does not depend on a target.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The project's name as it is written, if it is, and holds no variables.
    pub fn name(&self) -> Option<&str> {
        self.model.name().map(|at| at.value.as_str())
    }

    /// What the project is, in its author's words.
    pub fn description(&self) -> Option<&str> {
        self.model.root.description.as_ref().map(|at| at.value.0.as_str())
    }
}

/// A text that was read as far as it can be.
struct Reading {
    source: Arc<Source>,
    digest: Digest,
    report: Report,
    /// None if there is nothing to work with; then the report says why.
    model: Option<Model>,
    /// The text's values, where some of them are known only with the variables of a target.
    open: Option<Node>,
}

impl Reading {
    fn of(text: Text<'_>, limits: &Limits) -> Self {
        let is_too_long = text.text.len() > limits.bytes;
        // Of what is too long nothing is kept.
        let kept = if is_too_long { "" } else { text.text };
        let source = Arc::new(Source::new(Text { text: kept, ..text }));
        let mut report = Report::new(Arc::clone(&source), limits.problems);
        if is_too_long {
            let message = format!("the text has {} bytes, and {} are allowed", text.text.len(), limits.bytes);
            report.add(Note::error(codes::SIZE_LIMIT, Span::default(), message));
            return Self { source, digest: Digest::of(""), report, model: None, open: None };
        }
        let tree = parse(&source.text, limits, &mut report);
        let mut reader = Reader::new(&mut report, tree.as_ref().map_or(Dialect::Eve, dialect), limits);
        let model = tree.as_ref().and_then(|tree| Model::new(tree, &mut reader));
        let open = tree.filter(|_| reader.is_open());
        Self { source, digest: Digest::of(text.text), report, model, open }
    }
}

/// Reads and checks a text with the variables of a target. None if it cannot be read, which is reported.
fn fill(model: &Model, tree: &Node, target: &Target, limits: &Limits, report: &mut Report) -> Option<Model> {
    let otherwise = target.otherwise.clone().filter(|_| !model.says_name());
    let name = lower::name(model.name(), target, report).or(otherwise);
    let scope = scope(model, target, name.as_ref());
    let model = Model::new(tree, &mut Reader::new(report, Dialect::Compose, limits).with_scope(&scope))?;
    check(&model, report);
    Some(model)
}

/// What variables mean in values that are the same for every environment and service.
fn scope<'t>(model: &Model, target: &'t Target, project: Option<&ProjectName>) -> Scope<'t> {
    let mut own = lower::variables(target, project);
    if let [only] = &*model.places {
        own.insert("ENV_NAME", only.name_for(target).to_string());
    }
    Scope { own, callers: &target.variables, dialect: Dialect::Compose }
}

/// The JSON Schema of the language, from the tables by which manifests are read.
pub fn schema() -> String {
    format!("{:#}", document::<Root>("eve/compose/v2").as_value())
}

fn dialect(tree: &Node) -> Dialect {
    if tree.at("schema").is_some() { Dialect::Eve } else { Dialect::Compose }
}
