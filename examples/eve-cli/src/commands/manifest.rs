//! `manifest validate`, `manifest show`, `manifest schema`, `manifest explain`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eve::manifest::reference::{Key, keys};
use eve::{EnvName, Environment, Origin};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::failure::{Failure, OWN, USAGE};
use crate::writing::{Answer, Output};

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
    let secrets: BTreeMap<_, _> =
        project.environments.keys().filter_map(|env| Some((env.as_str(), project.secrets(env).ok()?))).collect();
    let names = if declares_none { "any, since it declares none".to_owned() } else { names.join(", ") };
    let _ = write!(text, "project {} is valid; environments: {names}", project.name);
    Ok(Answer::ok(text)
        .with("project", &project.name)
        .with("environments", environments)
        .with("manifest", &project.manifest)
        .with("secrets", secrets)
        .with("problems", &lowered.warnings))
}

/// Shows a manifest as it holds, each value with its origin.
pub(crate) fn show(app: &App, env: Option<&EnvName>) -> Result<Answer, Failure> {
    let place = app.place()?;
    if let Some(env) = env {
        place.lowered(Some(env))?.project.environment(env)?;
    }
    let shown = place.shown(env)?;
    Output::warn(shown.warnings());
    let values = shown.values().into_iter().map(|one| (one.path, json!({ "value": one.value, "origin": one.origin })));
    Ok(Answer::ok(shown.to_string().trim_end())
        .with("environment", env)
        .with("values", values.collect::<Map<_, _>>())
        .with("problems", shown.warnings()))
}

/// Prints the language as JSON Schema.
pub(crate) fn schema() -> Answer {
    let schema = eve::manifest::schema();
    let object: Value = serde_json::from_str(&schema).unwrap_or_default();
    Answer::ok(schema).with("schema", object)
}

/// Says what a code means, or a key.
pub(crate) fn explain(asked: &str) -> Result<Answer, Failure> {
    let codes = eve::manifest::codes::ALL.iter().chain(eve::codes::ALL).chain(OWN);
    if let Some((code, means)) = codes.clone().find(|(code, _)| code.as_str() == asked) {
        return Ok(Answer::ok(format!("{code}: {means}")).with("code", code).with("means", means));
    }
    let meant: Vec<Key> = keys().into_iter().filter(|key| key.is_meant_by(asked)).collect();
    if !meant.is_empty() {
        let text: Vec<_> = meant.iter().map(Key::to_string).collect();
        return Ok(Answer::ok(text.join("\n\n")).with("keys", meant));
    }
    let layer = asked.split('.').next().unwrap_or_default();
    let near: Vec<_> = codes.map(|(code, _)| code.as_str()).filter(|one| one.starts_with(layer)).collect();
    let text = format!("no code and no key is called `{}`", asked.escape_debug());
    let failure = Failure::new(Failure::USAGE_EXIT, USAGE, text);
    Err(if near.is_empty() { failure } else { failure.with_hint(near.join(", ")) })
}

/// True for the one environment of a manifest that declares none.
fn is_assumed(environment: &Environment) -> bool {
    *environment.desired.origins.of("environment") == Origin::Default
}
