//! `env delete`.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use eve::{EnvName, EnvironmentId};

use super::conductor::{Conductor, requested_by};
use super::history::known;
use crate::app::App;
use crate::failure::{Failure, UNCONFIRMED};
use crate::writing::Answer;

/// Ends an environment, once somebody has said yes.
pub(crate) async fn delete(app: &App, env: &EnvName, yes: bool) -> Result<Answer, Failure> {
    let may_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !yes && !may_ask {
        let text = format!("deleting {env} has to be confirmed, and there is no terminal to ask on");
        return Err(Failure::new(Failure::USAGE_EXIT, UNCONFIRMED, text).with_hint("add --yes"));
    }
    let place = app.place()?;
    let id = place.environment(env)?;
    known(app.reader(&place).await?.engine(), &id).await?;
    if !yes && !confirmed(&id) {
        return Err(eve::Cancel::error().into());
    }
    let config = place.config(format!("eve env delete {id}"));
    let begin = async |engine: &eve::Engine| engine.delete(&id, &requested_by()).await;
    Conductor::new(app.output, config, &id).take_down(begin).await
}

fn confirmed(id: &EnvironmentId) -> bool {
    let mut answer = String::new();
    let asked = write!(io::stderr(), "delete {id} with all its services? [y/N] ").and_then(|()| io::stderr().flush());
    asked.and_then(|()| io::stdin().lock().read_line(&mut answer)).is_ok()
        && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
