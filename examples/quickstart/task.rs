//! The example's jobs: `migrate`, and `smoke`, which asks `web` whether all of it works.

use std::process::ExitCode;

use crate::load;

/// Runs a job to its end.
pub(crate) async fn run(name: &str) -> ExitCode {
    match name {
        "migrate" => {
            println!("nothing to migrate for {}", std::env::var("EVE_ENV_NAME").unwrap_or_default());
            ExitCode::SUCCESS
        }
        "smoke" => smoke().await,
        other => {
            eprintln!("no job is named {other}");
            ExitCode::from(64)
        }
    }
}

async fn smoke() -> ExitCode {
    let Ok(url) = std::env::var("WEB_URL") else {
        eprintln!("smoke has no WEB_URL");
        return ExitCode::FAILURE;
    };
    let authority = url.strip_prefix("http://").unwrap_or(&url).trim_end_matches('/').to_owned();
    match load::get(&authority, &authority, "/").await {
        Ok(answer) if answer.status.is_success() => {
            println!("{url} answers: {}", answer.body);
            ExitCode::SUCCESS
        }
        Ok(answer) => {
            eprintln!("{url} answers {}: {}", answer.status, answer.body);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{url} does not answer: {error}");
            ExitCode::FAILURE
        }
    }
}
