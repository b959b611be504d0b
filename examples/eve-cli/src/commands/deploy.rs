//! `env deploy`.

use eve::event::RunKind;
use eve::manifest::Lowered;
use eve::{DeployRequest, Digest, EnvName, RunRecord, SourceDir};

use super::conductor::{Conductor, requested_by};
use crate::app::App;
use crate::failure::Failure;
use crate::writing::{Answer, Output};

/// Brings an environment to the manifest's state.
pub(crate) async fn deploy(
    app: &App,
    env: EnvName,
    approved: Option<Digest>,
    foreground: bool,
) -> Result<Answer, Failure> {
    let place = app.place()?;
    let Lowered { project, warnings, .. } = place.lowered(Some(&env))?;
    project.environment(&env)?;
    Output::warn(&warnings);
    let id = project.environment_id(&env);
    let mut request =
        DeployRequest::new(project, env).with_source(SourceDir::new(place.root())).with_requested_by(requested_by());
    request.approved = approved;
    let config = place.config(format!("eve env deploy {id}"));
    let begin = async |engine: &eve::Engine| engine.deploy(request.clone()).await;
    let same = |left: &RunRecord| matches!(&left.kind, RunKind::Deploy { project } if **project == *request.project());
    Conductor::new(app.output, config, &id).with_same(&same).bring_up(foreground, begin).await
}
