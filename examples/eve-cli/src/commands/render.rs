//! `render` and `rbac`.

use eve::manifest::Lowered;
use eve::plan::PlannedAddresses;
use eve::{DeployRequest, EnvName, SourceDir};
use serde_json::Value;

use crate::app::App;
use crate::args::Backend;
use crate::failure::{Failure, USAGE};
use crate::planning::Preview;
use crate::writing::{Answer, Output};

/// Prints the objects that an environment becomes on a cluster.
pub(crate) async fn render(app: &App, runtime: Backend, env: &EnvName) -> Result<Answer, Failure> {
    of_clusters_alone(runtime)?;
    let place = app.place()?;
    let Lowered { project, warnings, .. } = place.lowered(Some(env))?;
    project.environment(env)?;
    Output::warn(&warnings);
    let request = DeployRequest::new(project, env.clone()).with_source(SourceDir::new(place.root()));
    let config = place.config("eve render");
    let host = config.k8s_host().await?;
    let preview = Preview::open(config).await?;
    let prepared = preview.engine().plan(&request).await;
    preview.close().await;
    let bound = prepared?.bound;
    let Some(host) = host else { return Ok(Answer::ok("")) };
    let addresses = PlannedAddresses::of(&bound.desired, &host.routes()).await?;
    let objects = host.manifests(&bound, &addresses)?;
    Ok(Answer::ok(documents(&objects)).with("objects", &objects))
}

/// Prints the least role that lets Eve hold environments on a cluster.
pub(crate) fn rbac(runtime: Backend, allow_exec: bool) -> Result<Answer, Failure> {
    of_clusters_alone(runtime)?;
    let role = eve::k8s::role(&eve::k8s::K8sConfig::new().with_exec(allow_exec));
    Ok(Answer::ok(documents(std::slice::from_ref(&role))).with("objects", [&role]))
}

fn of_clusters_alone(runtime: Backend) -> Result<(), Failure> {
    if runtime == Backend::K8s {
        return Ok(());
    }
    Err(Failure::new(Failure::USAGE_EXIT, USAGE, "there are such objects on a cluster alone")
        .with_hint("add --runtime k8s"))
}

/// One document after the other: JSON, which YAML is, too.
fn documents(objects: &[Value]) -> String {
    let documents: Vec<String> = objects.iter().map(|object| format!("---\n{object:#}")).collect();
    documents.join("\n")
}
