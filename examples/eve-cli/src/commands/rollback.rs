//! `env rollback`.

use eve::{EnvName, ReleaseId};

use super::conductor::{Conductor, requested_by};
use super::history::known;
use crate::app::App;
use crate::failure::Failure;
use crate::writing::Answer;

/// Returns to a release that was healthy here.
pub(crate) async fn rollback(
    app: &App,
    env: &EnvName,
    to: Option<ReleaseId>,
    foreground: bool,
) -> Result<Answer, Failure> {
    let place = app.place()?;
    let id = place.environment(env)?;
    known(app.reader(&place).await?.engine(), &id).await?;
    let config = place.config(format!("eve env rollback {id}"));
    let begin = async |engine: &eve::Engine| engine.rollback(&id, to.as_ref(), &requested_by()).await;
    Conductor::new(app.output, config, &id).bring_up(foreground, begin).await
}
