//! `env health`.

use eve::EnvName;

use super::history::known;
use crate::app::App;
use crate::failure::Failure;
use crate::writing::{Answer, health as described};

/// Says how an environment is.
pub(crate) async fn health(app: &App, env: &EnvName) -> Result<Answer, Failure> {
    let place = app.place()?;
    let id = place.environment(env)?;
    let reader = app.reader(&place).await?;
    known(reader.engine(), &id).await?;
    let health = reader.engine().health(&id).await?;
    let text = format!("{id} is {}", described(&health));
    Ok(Answer::ok(text).with("environment", id.to_string()).with("health", &health))
}
