//! The project as a whole.

use std::collections::BTreeMap;

use eve_core::{Digest, EnvName, PipelineName, Project, ProjectName, naming};

use super::{carried, environment, pipeline, registry};
use crate::Target;
use crate::check::is_left_out;
use crate::codes;
use crate::grammar::At;
use crate::interpolation::Scope;
use crate::model::Model;
use crate::problem::{Note, Report};
use crate::tree::Span;

/// Longest name of a project.
const NAME: usize = eve_core::MAX_LABEL;

/// The whole project. None if it has no name; what else is wrong is in the report.
pub(crate) fn project(model: &Model, digest: Digest, target: &Target, report: &mut Report) -> Option<Project> {
    let otherwise = target.otherwise.clone().filter(|_| !model.says_name());
    let Some(name) = name(model.name(), target, report).or(otherwise) else {
        if !model.says_name() {
            let note = Note::error(codes::MISSING_KEY, Span::default(), "the project has no name");
            report.add(note.hint("add the key `name`"));
        }
        return None;
    };
    let mut own = variables(target, Some(&name));
    let mut project = Project::new(target.org.clone(), name, digest);
    project.carried = carried::all(model);
    project.registry = model.root.registry.as_ref().and_then(|at| registry::lower(&at.value));
    let defaults = model.root.x_eve.as_ref().and_then(|at| at.value.defaults.as_ref());
    let default = defaults.and_then(|at| at.value.env.as_ref());
    project.default_environment = default.and_then(|at| EnvName::new(&*at.value).ok());
    let dialect = model.dialect();
    let scope = Scope { own: own.clone(), callers: &target.variables, dialect };
    for (name, defined) in model.pipelines().filter(|(_, defined)| !is_left_out(defined)) {
        let Ok(key) = PipelineName::new(&*name.value) else { continue };
        if let Some(lowered) = pipeline::lower(defined, name.span, &scope, report) {
            project.pipelines.insert(key, lowered);
        }
    }
    for place in &model.places {
        let env = place.name_for(target);
        own.insert("ENV_NAME", env.to_string());
        let id = project.environment_id(env);
        let mut lowered = environment::lower(place, id, &own, model, target, report);
        lowered.pipeline = place.pipeline.as_ref().and_then(|at| PipelineName::new(&*at.value).ok());
        project.environments.insert(env.clone(), lowered);
    }
    Some(project)
}

/// The variables of the language that are the same for every environment and service.
pub(crate) fn variables(target: &Target, project: Option<&ProjectName>) -> BTreeMap<&'static str, String> {
    let org = target.org.to_string();
    let project = project.map(|project| ("PROJECT_ID", format!("{org}/{project}")));
    [("ORG_ID", org.clone()), ("ORG_SLUG", org)].into_iter().chain(project).collect()
}

/// The name that the target says, or else the one that is written. None if neither is there, or if it is
/// no name, which is reported.
pub(crate) fn name(written: Option<&At<String>>, target: &Target, report: &mut Report) -> Option<ProjectName> {
    if let Some(name) = &target.project {
        return Some(name.clone());
    }
    let written = written?;
    let label = naming::label_within(&written.value, NAME);
    if label != written.value {
        let text = format!("`{}` is called `{label}`", written.value.escape_debug());
        let note = Note::warning(codes::NAME_CHANGED, written.span, text);
        report.add(note.hint(format!("use {}", ProjectName::RULE)));
    }
    match ProjectName::new(label) {
        Ok(name) => Some(name),
        Err(error) => {
            report.add(Note::refused(written.span, &error));
            None
        }
    }
}
