//! `job list` and `job logs`.

use std::fmt::Write as _;

use eve::{AttemptRecord, Engine, EnvName, EnvironmentId, Error, RunRecord, codes};
use serde_json::{Value, json};

use super::history::{environments, known};
use crate::app::App;
use crate::failure::Failure;
use crate::place::Place;
use crate::writing::Answer;

/// Lists attempts at jobs, the oldest first.
pub(crate) async fn list(app: &App, env: Option<EnvName>) -> Result<Answer, Failure> {
    let place = app.place()?;
    let reader = app.reader(&place).await?;
    let mut text = String::new();
    let mut attempts = Vec::new();
    for (run, attempt) in &all(reader.engine(), &place, env).await? {
        let how = match (&attempt.fault, attempt.exit) {
            (Some(fault), _) => fault.code.to_string(),
            (None, Some(exit)) => exit.to_string(),
            (None, None) => "active".to_owned(),
        };
        let _ = writeln!(text, "{}  {}  {}  {how}", attempt.id, attempt.service, attempt.started);
        attempts.push(object(run, attempt));
    }
    if attempts.is_empty() {
        text.push_str("no job was run\n");
    }
    Ok(Answer::ok(text).with("attempts", attempts))
}

/// Shows what an attempt wrote.
pub(crate) async fn logs(app: &App, attempt: &str) -> Result<Answer, Failure> {
    let place = app.place()?;
    let reader = app.reader(&place).await?;
    let engine = reader.engine();
    let found = all(engine, &place, None).await?.into_iter().find(|(_, known)| known.id.as_str() == attempt);
    let Some((run, known)) = found else {
        let text = format!("project {} has no attempt {attempt}", place.project()?);
        return Err(Error::not_found(codes::ATTEMPT_UNKNOWN, text).with_hint("job list names them").into());
    };
    let bytes = engine.attempt_log(&run.environment, &known.id).await?;
    let mut lines = 0_u64;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        lines += 1;
        let object = || json!({ "source": attempt, "line": String::from_utf8_lossy(line) });
        if !app.output.part(object, || line.to_vec()) {
            break;
        }
    }
    Ok(Answer::ok("").with("attempt", object(&run, &known)).with("lines", lines))
}

/// Every attempt of an environment, or of all of the project.
async fn all(engine: &Engine, place: &Place, env: Option<EnvName>) -> Result<Vec<(RunRecord, AttemptRecord)>, Failure> {
    let project = place.project()?;
    let environments = match env {
        Some(env) => vec![EnvironmentId::new(place.org().clone(), project, env)],
        None => environments(engine, place.org(), &project).await?,
    };
    let mut found = Vec::new();
    for id in &environments {
        for run in known(engine, id).await? {
            found.extend(run.attempts.iter().map(|attempt| (run.clone(), attempt.clone())));
        }
    }
    found.sort_by_key(|(_, attempt)| attempt.started);
    Ok(found)
}

fn object(run: &RunRecord, attempt: &AttemptRecord) -> Value {
    json!({
        "id": attempt.id,
        "environment": run.environment.to_string(),
        "run": run.id,
        "step": attempt.step,
        "service": attempt.service,
        "started": attempt.started.to_string(),
        "exit": attempt.exit,
        "fault": attempt.fault,
    })
}
