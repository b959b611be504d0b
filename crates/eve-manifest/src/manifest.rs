//! A manifest that was read and checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use eve_core::Digest;

use crate::check::check;
use crate::grammar::{Definitions, Dialect, Reader};
use crate::language::Root;
use crate::lower;
use crate::model::Model;
use crate::problem::Report;
use crate::text::Source;
use crate::tree::{Node, parse};
use crate::{Limits, Lowered, Problem, Problems, Target, Text};

/// A manifest without errors.
#[derive(Debug)]
pub struct Manifest {
    source: Arc<Source>,
    digest: Digest,
    dialect: Dialect,
    model: Model,
    warnings: Vec<Problem>,
    most: usize,
}

impl Manifest {
    /// Reads a manifest and checks everything that does not depend on a [`Target`].
    ///
    /// # Errors
    /// Every problem of the text, if one of them is an error.
    ///
    /// # Panics
    /// Never: where there is no model, an error was reported.
    pub fn parse(text: Text<'_>, limits: &Limits) -> Result<Self, Problems> {
        let digest = Digest::of(text.text);
        let source = Arc::new(Source::new(text));
        let mut report = Report::new(Arc::clone(&source), limits.problems);
        let tree = parse(&source.text, limits, &mut report);
        let dialect = tree.as_ref().map_or(Dialect::Eve, dialect);
        let model = tree.and_then(|tree| Model::new(&tree, &mut Reader { report: &mut report, dialect }));
        if let Some(model) = &model {
            check(model, &mut report);
        }
        let warnings = report.finish()?;
        let model = model.expect("a manifest that cannot be read has an error");
        let dialect = if model.root.schema.is_some() { Dialect::Eve } else { Dialect::Compose };
        Ok(Self { source, digest, dialect, model, warnings, most: limits.problems })
    }

    /// Resolves the manifest: names, variables, hosts, each environment with its overrides.
    ///
    /// # Errors
    /// Every value that cannot be resolved for this target, with the warnings.
    ///
    /// # Panics
    /// Never: where there is no project, an error was reported.
    pub fn lower(&self, target: &Target) -> Result<Lowered, Problems> {
        let mut report = Report::new(Arc::clone(&self.source), self.most);
        let own_only;
        let target = match self.dialect {
            Dialect::Compose => target,
            Dialect::Eve => {
                own_only = Target { variables: BTreeMap::new(), ..target.clone() };
                &own_only
            }
        };
        let project = lower::project(&self.model, self.digest.clone(), target, &mut report);
        let mut warnings = report.finish().map_err(|problems| problems.with(&self.warnings))?;
        warnings.extend(self.warnings.iter().cloned());
        warnings.sort_by_key(|problem| (problem.line, problem.column));
        let project = project.expect("a manifest that cannot be lowered has an error");
        Ok(Lowered { project, warnings })
    }

    /// The SHA-256 of the text.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// What the author should know, as far as it does not depend on a target.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The project's name as it is written, if it is.
    pub fn name(&self) -> Option<&str> {
        self.model.root.name.as_ref().or(self.model.root.project.as_ref()).map(|at| at.value.as_str())
    }

    /// What the project is, in its author's words.
    pub fn description(&self) -> Option<&str> {
        self.model.root.description.as_ref().map(|at| at.value.as_str())
    }
}

/// The JSON Schema of the language, from the tables by which manifests are read.
pub fn schema() -> String {
    format!("{:#}", Definitions::document::<Root>("eve/compose/v2"))
}

fn dialect(tree: &Node) -> Dialect {
    if tree.at("schema").is_some() { Dialect::Eve } else { Dialect::Compose }
}
