//! `env rollback`.

use eve::{EnvName, ReleaseId};

use super::foreground::{Foreground, requested_by};
use super::history::known;
use crate::app::App;
use crate::failure::Failure;
use crate::writing::Answer;

/// Returns to a release that was healthy here, and holds it until it is told to stop.
pub(crate) async fn rollback(app: &App, env: &EnvName, to: Option<ReleaseId>) -> Result<Answer, Failure> {
    let place = app.place()?;
    let id = place.environment(env)?;
    known(app.reader(&place).await?.engine(), &id).await?;
    let config = place.config(format!("eve env rollback {id}"));
    let begin = async |engine: &eve::Engine| engine.rollback(&id, to.as_ref(), &requested_by()).await;
    Foreground::new(app.output, config).hold(begin).await
}
