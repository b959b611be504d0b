//! `manifest validate`.

use std::fmt::Write as _;

use crate::app::App;
use crate::failure::Failure;
use crate::writing::Answer;

/// Reports every problem of a manifest, each at its place.
pub(crate) fn validate(app: &App) -> Result<Answer, Failure> {
    let lowered = app.place()?.lowered()?;
    let project = &lowered.project;
    let mut text = String::new();
    for warning in &lowered.warnings {
        let _ = write!(text, "{warning}\n\n");
    }
    let environments: Vec<_> = project.environments.keys().collect();
    let names: Vec<_> = environments.iter().map(|name| name.as_str()).collect();
    let _ = write!(text, "project {} is valid; environments: {}", project.name, names.join(", "));
    Ok(Answer::ok(text)
        .with("project", &project.name)
        .with("environments", environments)
        .with("manifest", &project.manifest)
        .with("warnings", &lowered.warnings))
}
