//! An engine in a process of its own.

use std::path::Path;
use std::process::ExitCode;

use eve::{Embedded, EnvName, Result, RunHandle};
use futures_util::StreamExt as _;
use serde_json::json;

use crate::ground::Ground;
use crate::project::{Copy, ENVIRONMENT};
use crate::scenes;
use crate::show::print;

/// Deploys the project below `dir`, or finishes what an engine before this one began there. Each
/// piece of progress is one JSON object a line.
pub(crate) async fn run(dir: &Path, resume: bool, ground: Ground) -> ExitCode {
    match work(dir, resume, ground).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {}", error.code(), error.chain());
            ExitCode::from(error.exit_code())
        }
    }
}

async fn work(dir: &Path, resume: bool, ground: Ground) -> Result<()> {
    let eve = Embedded::open(scenes::config(dir, ground)?).await?;
    if resume {
        for run in eve.engine().recover().await? {
            finish(&run).await?;
        }
    } else {
        let request = Copy::made_below(dir).request(&EnvName::new(ENVIRONMENT)?)?;
        finish(&eve.engine().deploy(request).await?).await?;
    }
    eve.shutdown().await;
    Ok(())
}

async fn finish(run: &RunHandle) -> Result<()> {
    let mut events = run.events();
    while let Some(event) = events.next().await {
        print(&json!(event));
    }
    run.wait().await?.into_result().map(drop)
}
