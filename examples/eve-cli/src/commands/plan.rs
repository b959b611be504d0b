//! `plan`.

use std::fmt::Write as _;

use eve::manifest::Lowered;
use eve::plan::Work;
use eve::{DeployRequest, EnvName, Plan, SourceDir};
use serde_json::{Value, json};

use crate::app::App;
use crate::failure::Failure;
use crate::planning::Preview;
use crate::writing::{Answer, Output};

/// Shows what a deploy would do.
pub(crate) async fn plan(app: &App, env: &EnvName) -> Result<Answer, Failure> {
    let place = app.place()?;
    let Lowered { project, warnings, .. } = place.lowered(Some(env))?;
    project.environment(env)?;
    Output::warn(&warnings);
    let request = DeployRequest::new(project, env.clone()).with_source(SourceDir::new(place.root()));
    let preview = Preview::open(place.config("eve plan")).await?;
    let prepared = preview.engine().plan(&request).await;
    preview.close().await;
    let plan = prepared?.plan;
    let digest = plan.digest()?;
    let text = text_of(&plan, &digest.to_string());
    let answer = if plan.is_noop() { Answer::ok(text) } else { Answer::changes(text) };
    Ok(answer
        .with("environment", plan.environment.to_string())
        .with("release", &plan.release)
        .with("digest", &digest)
        .with("operations", plan.operations().map(|node| operation(&node.work)).collect::<Vec<_>>())
        .with("losses", &plan.losses)
        .with("notes", &plan.notes)
        .with("warnings", &warnings))
}

fn operation(work: &Work) -> Value {
    json!({ "id": work.op_id(), "operation": work.to_string(), "why": work.why() })
}

fn text_of(plan: &Plan, digest: &str) -> String {
    let mut out = String::new();
    for node in plan.operations() {
        let _ = writeln!(out, "{}\n    {}", node.work, node.work.why());
    }
    for loss in &plan.losses {
        let grade = format!("{:?}", loss.grade).to_lowercase();
        let _ = writeln!(out, "{grade}: {}: {}", loss.path, loss.reason);
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
