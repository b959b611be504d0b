//! `secret set`, `secret list` and `secret delete`.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::sync::Arc;

use eve::store::StateDir;
use eve::{Error, Secret, SecretName, SecretScope, SystemEnv, codes};

use crate::app::App;
use crate::args::SecretPlace;
use crate::failure::{Failure, USAGE};
use crate::place::Place;
use crate::writing::Answer;

/// Stores a secret. Its text never stands on a command line, where others could read it.
pub(crate) async fn set(
    app: &App,
    name: &SecretName,
    from_env: Option<String>,
    whose: &SecretPlace,
) -> Result<Answer, Failure> {
    let place = app.place()?;
    let scope = scope(&place, whose)?;
    let secret = match from_env {
        Some(variable) => of_variable(&variable)?,
        None => of_standard_input(name)?,
    };
    let state = writer(&place).await?;
    let version = eve::SecretStore::put(&*state.secrets(), &scope, name, secret).await;
    state.close().await;
    let version = version?;
    Ok(Answer::ok(format!("{name} is stored for {scope}, version {version}"))
        .with("name", name)
        .with("scope", scope.to_string())
        .with("version", &version))
}

/// Lists names and versions.
pub(crate) async fn list(app: &App, whose: &SecretPlace) -> Result<Answer, Failure> {
    let place = app.place()?;
    let scope = scope(&place, whose)?;
    let secrets = app.reader(&place).await?.secrets().list(&scope).await?;
    let lines: Vec<_> = secrets.iter().map(|secret| format!("{}  {}", secret.name, secret.version)).collect();
    let text = if lines.is_empty() { format!("no secret is stored for {scope}") } else { lines.join("\n") };
    Ok(Answer::ok(text).with("scope", scope.to_string()).with("secrets", &secrets))
}

/// Removes a secret.
pub(crate) async fn delete(app: &App, name: &SecretName, whose: &SecretPlace) -> Result<Answer, Failure> {
    let place = app.place()?;
    let scope = scope(&place, whose)?;
    let state = writer(&place).await?;
    let change = eve::SecretStore::delete(&*state.secrets(), &scope, name).await;
    state.close().await;
    if change?.outcome != eve::ChangeOutcome::Deleted {
        let text = format!("no secret {name} is stored for {scope}");
        return Err(Error::not_found(codes::SECRET_MISSING, text).with_hint("secret list names them").into());
    }
    Ok(Answer::ok(format!("{name} is removed for {scope}")).with("name", name).with("scope", scope.to_string()))
}

fn scope(place: &Place, whose: &SecretPlace) -> Result<SecretScope, Failure> {
    Ok(match &whose.env {
        Some(env) => SecretScope::Environment(place.environment(env)?),
        None => SecretScope::Project(place.org().clone(), place.project()?),
    })
}

async fn writer(place: &Place) -> Result<StateDir, Failure> {
    Ok(StateDir::open(place.state(), "eve secret", Arc::new(SystemEnv::new())).await?)
}

fn of_variable(variable: &str) -> Result<Secret, Failure> {
    std::env::var(variable).map(Secret::new).map_err(|error| {
        let text = format!("variable {variable} cannot be read\n  caused by: {}", reason(&error));
        Failure::new(Failure::USAGE_EXIT, USAGE, text)
    })
}

/// `VarError`'s own text would show what it could not read.
fn reason(error: &std::env::VarError) -> &'static str {
    match error {
        std::env::VarError::NotPresent => "it is not set",
        std::env::VarError::NotUnicode(_) => "it is not UTF-8",
    }
}

/// Everything up to the end, without one line feed at it.
fn of_standard_input(name: &SecretName) -> Result<Secret, Failure> {
    if io::stdin().is_terminal() {
        // A prompt that cannot be written changes nothing.
        let _ = writeln!(io::stderr(), "the text of {name}, then Ctrl-D:");
    }
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text).map_err(|source| {
        let text = format!("the text of {name} cannot be read\n  caused by: {source}");
        Failure::new(Failure::USAGE_EXIT, USAGE, text)
    })?;
    let end = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).map_or(text.len(), str::len);
    text.truncate(end);
    if text.is_empty() {
        let failure = Failure::new(Failure::USAGE_EXIT, USAGE, format!("the text of {name} is empty"));
        return Err(failure.with_hint("write it to standard input, or name a variable with --from-env"));
    }
    Ok(Secret::new(text))
}
