//! What building promises.

use std::time::Duration;

use eve_core::{Deadline, codes};

use super::Site;
use crate::Outcome;
use crate::failure::{ensure, ensure_eq, refused};

pub(super) async fn equal_source_gives_an_equal_artifact(on: &Site) -> Outcome {
    let first = on.build("one", "app").await?;
    ensure_eq!(on.build("one", "app").await?, first, "the same source again");
    ensure_eq!(on.build("two", "app").await? == first, false, "the source between");
    ensure_eq!(on.build("one", "app").await?, first, "the same source after another");
    Ok(())
}

pub(super) async fn changed_source_gives_another_artifact(on: &Site) -> Outcome {
    let first = on.build("one", "app").await?;
    ensure!(on.build("two", "app").await? != first, "other source gave {first}");
    Ok(())
}

pub(super) async fn a_context_that_leads_out_of_the_project_is_refused(on: &Site) -> Outcome {
    for context in ["..", "app/../..", "/etc"] {
        refused(context, on.build("one", context).await, &[&codes::BUILD_CONTEXT_ESCAPES])?;
    }
    Ok(())
}

pub(super) async fn a_missing_context_is_refused(on: &Site) -> Outcome {
    refused("a missing context", on.build("one", "missing").await, &[&codes::BUILD_CONTEXT_MISSING]).map(drop)
}

pub(super) async fn a_build_writes_lines(on: &Site) -> Outcome {
    on.build("one", "app").await?;
    ensure!(on.lines() > 0, "the build wrote no line");
    Ok(())
}

pub(super) async fn a_cancelled_build_says_so(on: &Site) -> Outcome {
    let cx = on.cx();
    cx.cancel.cancel();
    let build = on.builder.build(&on.request("one", "app").await?, &cx).await;
    refused("a cancelled build", build, &[&codes::CANCELLED]).map(drop)
}

pub(super) async fn a_build_past_its_deadline_says_so(on: &Site) -> Outcome {
    let mut cx = on.cx();
    cx.deadline = Deadline::after(&*on.env, Duration::ZERO);
    let build = on.builder.build(&on.request("one", "app").await?, &cx).await;
    refused("a build past its deadline", build, &[&codes::DEADLINE_EXCEEDED]).map(drop)
}
