//! What starting promises.

use std::sync::Arc;

use eve_core::{Cancel, Exit, PlacedFiles, SecretName, SecretVersion, Started, Template, VarName, codes};
use futures_util::future::join_all;

use super::Track;
use crate::Outcome;
use crate::failure::{ensure, ensure_eq, refused};
use crate::runtime::Shelf;

pub(super) async fn an_attempt_that_runs_is_adopted(on: &Track) -> Outcome {
    let spec = on.harness.runs_long(on.spec(1));
    ensure_eq!(on.start(&spec).await?, Started::New, "the first start");
    ensure_eq!(on.start(&spec).await?, Started::Adopted, "the second start");
    Ok(())
}

pub(super) async fn an_attempt_that_ended_answers_its_exit(on: &Track) -> Outcome {
    for (number, code) in [(1, 0), (2, 7)] {
        let spec = on.harness.exits(on.spec(number), code);
        ensure_eq!(on.run(&spec).await?.0, Exit::Code(code), "the exit that the watch tells");
        ensure_eq!(on.start(&spec).await?, Started::Ended(Exit::Code(code)), "starting it again");
    }
    Ok(())
}

pub(super) async fn another_spec_under_the_same_id_is_a_conflict(on: &Track) -> Outcome {
    on.start(&on.harness.runs_long(on.spec(1))).await?;
    let other = on.harness.exits(on.spec(1), 0);
    refused("another spec while it runs", on.start(&other).await, &[&codes::ATTEMPT_CONFLICT])?;
    on.run(&on.harness.exits(on.spec(2), 0)).await?;
    let other = on.harness.exits(on.spec(2), 1);
    refused("another spec after its end", on.start(&other).await, &[&codes::ATTEMPT_CONFLICT])?;
    Ok(())
}

pub(super) async fn starting_twice_at_once_starts_once(on: &Track) -> Outcome {
    let spec = on.harness.runs_long(on.spec(1));
    let started = join_all((0..8).map(|_| on.start(&spec))).await;
    let started: Vec<Started> = started.into_iter().collect::<Result<_, _>>()?;
    let new = started.iter().filter(|started| **started == Started::New).count();
    ensure_eq!(new, 1, "starts of one attempt: {started:?}");
    Ok(())
}

pub(super) async fn a_missing_secret_stops_the_start(on: &Track) -> Outcome {
    let (secret, variable) = (SecretName::new("TOKEN")?, VarName::new("TOKEN")?);
    let mut spec = on.harness.exits(on.spec(1), 0);
    spec.variables.insert(variable, Template::secret(secret.clone()));
    spec.secrets.insert(secret, SecretVersion::new("1"));
    refused("a start without its secret", on.start(&spec).await, &[&codes::SECRET_MISSING])?;
    ensure!(on.runner.owned(&on.environment).await?.is_empty(), "an attempt that was not started is held");
    Ok(())
}

pub(super) async fn a_missing_file_stops_the_start(on: &Track) -> Outcome {
    let mut spec = on.harness.exits(on.spec(1), 0);
    spec.files.push(PlacedFiles::new("/etc/eve-suite/code", Shelf::default().put("43")));
    let codes = [&codes::BLOB_NOT_FOUND, &codes::CAPABILITY_UNSUPPORTED];
    refused("a start without its file", on.start(&spec).await, &codes)?;
    ensure!(on.runner.owned(&on.environment).await?.is_empty(), "an attempt that was not started is held");
    Ok(())
}

pub(super) async fn files_are_there_when_an_attempt_starts(on: &Track) -> Outcome {
    let path = "/etc/eve-suite/code";
    let Some(mut spec) = on.harness.exits_by_file(on.spec(1), path) else { return Ok(()) };
    let mut shelf = Shelf::default();
    spec.files.push(PlacedFiles::new(path, shelf.put("43")));
    let cx = on.cx(&spec.environment).with_files(Arc::new(shelf));
    ensure_eq!(on.runner.start(&spec, &cx).await?, Started::New, "the start");
    ensure_eq!(on.end(&spec.id).await?.0, Exit::Code(43), "the exit that the file holds");
    Ok(())
}

pub(super) async fn a_cancelled_start_leaves_nothing(on: &Track) -> Outcome {
    let cancel = Cancel::new();
    cancel.cancel();
    let spec = on.harness.runs_long(on.spec(1));
    let start = on.runner.start(&spec, &on.cx(&on.environment).with_cancel(cancel)).await;
    refused("a cancelled start", start, &[&codes::CANCELLED])?;
    ensure!(on.runner.owned(&on.environment).await?.is_empty(), "an attempt that was not started is held");
    Ok(())
}
