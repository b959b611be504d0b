//! The project as a whole.

use std::collections::BTreeMap;

use eve_core::{Digest, EnvironmentId, PipelineName, Project, ProjectName, naming};

use super::{environment, pipeline};
use crate::Target;
use crate::check::is_left_out;
use crate::codes;
use crate::interpolation::Scope;
use crate::model::Model;
use crate::problem::{Note, Report};
use crate::tree::Span;

/// Longest name of a project.
const NAME: usize = eve_core::MAX_LABEL;

/// The whole project. None if it has no name; what else is wrong is in the report.
pub(crate) fn project(model: &Model, digest: Digest, target: &Target, report: &mut Report) -> Option<Project> {
    let name = name(model, target, report)?;
    let mut project = Project::new(target.org.clone(), name, digest);
    let mut own = BTreeMap::from([
        ("PROJECT_ID", format!("{}/{}", target.org, project.name)),
        ("ORG_ID", target.org.to_string()),
        ("ORG_SLUG", target.org.to_string()),
    ]);
    let scope = Scope { own: own.clone(), callers: &target.variables };
    for (name, defined) in model.pipelines().filter(|(_, defined)| !is_left_out(defined)) {
        let Ok(key) = PipelineName::new(&*name.value) else { continue };
        if let Some(lowered) = pipeline::lower(defined, name.span, &scope, report) {
            project.pipelines.insert(key, lowered);
        }
    }
    for place in &model.places {
        let id = EnvironmentId::new(project.org.clone(), project.name.clone(), place.name.clone());
        own.insert("ENV_NAME", place.name.to_string());
        let mut lowered = environment::lower(place, id, &own, target, report);
        lowered.pipeline = place.pipeline.as_ref().and_then(|at| PipelineName::new(&*at.value).ok());
        project.environments.insert(place.name.clone(), lowered);
    }
    Some(project)
}

fn name(model: &Model, target: &Target, report: &mut Report) -> Option<ProjectName> {
    if let Some(name) = &target.project {
        return Some(name.clone());
    }
    let Some(written) = model.root.name.as_ref().or(model.root.project.as_ref()) else {
        let note = Note::error(codes::MISSING_KEY, Span::default(), "the project has no name");
        report.add(note.hint("add the key `name`"));
        return None;
    };
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
