//! What attempts write.

use std::collections::BTreeMap;

use bytes::Bytes;
use eve_core::{Exit, LogOptions, codes};

use super::Track;
use crate::failure::{ensure_eq, refused};
use crate::logs::read;
use crate::{Failure, Outcome};

/// How many lines the cases have written.
const LINES: usize = 20;

pub(super) async fn an_attempts_lines_are_in_order_and_end_with_its_exit(on: &Track) -> Outcome {
    let spec = on.harness.prints(on.spec(1), LINES);
    on.run(&spec).await?;
    let all = read(on.runner.logs(&spec.id, LogOptions::default())).await?;
    ensure_eq!(all.numbers(), (1..=LINES).collect::<Vec<_>>(), "not the lines that were written");
    ensure_eq!(all.gaps, 0, "a gap where nothing is missing");
    let exits: Vec<Exit> = all.ends.iter().map(|(_, exit)| *exit).collect();
    ensure_eq!(exits, [Exit::Code(0)], "not the one end");
    Ok(())
}

pub(super) async fn reading_goes_on_after_a_cursor(on: &Track) -> Outcome {
    let spec = on.harness.prints(on.spec(1), LINES);
    on.run(&spec).await?;
    let all = read(on.runner.logs(&spec.id, LogOptions::default())).await?;
    let at = all.lines.get(4).ok_or_else(|| Failure::new("fewer than five lines"))?;
    let how = LogOptions::default().with_after(at.source.clone(), at.cursor.clone());
    let rest = read(on.runner.logs(&spec.id, how)).await?;
    ensure_eq!(rest.numbers(), (6..=LINES).collect::<Vec<_>>(), "not the lines after the cursor");
    Ok(())
}

pub(super) async fn following_waits_for_the_end(on: &Track) -> Outcome {
    let spec = on.harness.prints(on.spec(1), LINES);
    on.start(&spec).await?;
    let all = read(on.runner.logs(&spec.id, LogOptions::default().with_follow(true))).await?;
    ensure_eq!(all.numbers(), (1..=LINES).collect::<Vec<_>>(), "not the lines that were written");
    ensure_eq!(all.ends.len(), 1, "not one end");
    Ok(())
}

pub(super) async fn files_that_an_attempt_leaves_are_kept(on: &Track) -> Outcome {
    let Some(spec) = on.harness.leaves_file(on.spec(1), "report.txt", "all is well") else {
        let spec = on.harness.exits(on.spec(1), 0);
        on.run(&spec).await?;
        let files = on.runner.artifacts(&spec.id).await;
        return refused("the files of an attempt", files, &[&codes::CAPABILITY_UNSUPPORTED]).map(drop);
    };
    on.run(&spec).await?;
    let files = on.runner.artifacts(&spec.id).await?;
    let expected = BTreeMap::from([("report.txt".to_owned(), Bytes::from_static(b"all is well"))]);
    ensure_eq!(files, expected, "the files");
    Ok(())
}

pub(super) async fn an_unknown_attempt_has_no_files(on: &Track) -> Outcome {
    let files = on.runner.artifacts(&on.spec(9).id).await;
    refused("the files of an unknown attempt", files, &[&codes::ATTEMPT_UNKNOWN]).map(drop)
}
