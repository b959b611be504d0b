//! `manifest validate`.

use std::fmt::Write as _;

use eve::{Environment, Origin};

use crate::app::App;
use crate::failure::Failure;
use crate::writing::Answer;

/// Reports every problem of a manifest, each at its place.
pub(crate) fn validate(app: &App) -> Result<Answer, Failure> {
    let lowered = app.place()?.lowered(None)?;
    let project = &lowered.project;
    let mut text = String::new();
    for warning in &lowered.warnings {
        let _ = write!(text, "{warning}\n\n");
    }
    let declares_none = project.environments.values().any(is_assumed);
    let environments: Vec<_> = project.environments.keys().filter(|_| !declares_none).collect();
    let names: Vec<_> = environments.iter().map(|name| name.as_str()).collect();
    let names = if declares_none { "any, since it declares none".to_owned() } else { names.join(", ") };
    let _ = write!(text, "project {} is valid; environments: {names}", project.name);
    Ok(Answer::ok(text)
        .with("project", &project.name)
        .with("environments", environments)
        .with("manifest", &project.manifest)
        .with("warnings", &lowered.warnings))
}

/// True for the one environment of a manifest that declares none.
fn is_assumed(environment: &Environment) -> bool {
    *environment.desired.origins.of("environment") == Origin::Default
}
