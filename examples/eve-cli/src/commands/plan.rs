//! `plan`.

use std::fmt::Write as _;

use eve::manifest::Lowered;
use eve::plan::Work;
use eve::{DeployRequest, EnvName, KeyReport, Origin, Plan, SourceDir};
use serde_json::{Value, json};

use crate::app::App;
use crate::failure::Failure;
use crate::planning::Preview;
use crate::writing::{Answer, Output, grade};

/// Shows what a deploy would do.
pub(crate) async fn plan(app: &App, env: &EnvName) -> Result<Answer, Failure> {
    let place = app.place()?;
    let Lowered { project, warnings, .. } = place.lowered(Some(env))?;
    let origins = project.environment(env)?.desired.origins.clone();
    Output::warn(&warnings);
    let request = DeployRequest::new(project, env.clone()).with_source(SourceDir::new(place.root()));
    let preview = Preview::open(place.config("eve plan")).await?;
    let prepared = preview.engine().plan(&request).await;
    preview.close().await;
    let plan = prepared?.plan;
    let digest = plan.digest()?;
    let keys = eve::key_reports(&origins, &plan.losses);
    let text = text_of(&plan, &keys, &digest.to_string());
    let answer = if plan.is_noop() { Answer::ok(text) } else { Answer::changes(text) };
    Ok(answer
        .with("environment", plan.environment.to_string())
        .with("release", &plan.release)
        .with("digest", &digest)
        .with("operations", plan.operations().map(|node| operation(&node.work)).collect::<Vec<_>>())
        .with("losses", &plan.losses)
        .with("keys", keys.iter().map(key).collect::<Vec<_>>())
        .with("notes", &plan.notes)
        .with("warnings", &warnings))
}

fn operation(work: &Work) -> Value {
    json!({ "id": work.op_id(), "operation": work.to_string(), "why": work.why() })
}

/// What becomes of a key: its grade in a word, and its place where it has one.
fn key(report: &KeyReport) -> Value {
    let place = match &report.origin {
        Origin::File { file, line, column }
        | Origin::Override { file, line, column }
        | Origin::Variable { file, line, column, .. } => {
            json!({ "file": file, "line": line, "column": column })
        }
        _ => Value::Null,
    };
    json!({ "path": report.path, "grade": grade(report.lost), "reason": report.reason, "place": place })
}

fn text_of(plan: &Plan, keys: &[KeyReport], digest: &str) -> String {
    let mut out = String::new();
    for node in plan.operations() {
        let _ = writeln!(out, "{}\n    {}", node.work, node.work.why());
    }
    for report in keys.iter().filter(|report| report.lost.is_some()) {
        let reason = report.reason.as_deref().unwrap_or_default();
        let _ = writeln!(out, "{}: {} ({}): {reason}", grade(report.lost), report.path, report.origin);
    }
    match keys.iter().filter(|report| report.lost.is_none()).count() {
        0 => {}
        count => _ = writeln!(out, "exact: {count} more of what the manifest says; -o json lists all of it"),
    }
    for note in &plan.notes {
        let _ = writeln!(out, "note: {note}");
    }
    match plan.operations().count() {
        0 => out.push_str("nothing to do\n"),
        count => {
            let _ = writeln!(out, "{count} operations");
        }
    }
    let _ = writeln!(out, "digest {digest}");
    out
}
