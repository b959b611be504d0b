//! What logs promise.

use eve_core::{Bound, Exit, LogItem, LogOptions, LogSubject, Result, codes};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use super::scene::variant;
use super::{Done, Scene, once};
use crate::failure::{ensure, ensure_eq, refused};
use crate::logs::{Read, read};
use crate::{Failure, Outcome};

/// How many lines the cases have written.
const LINES: usize = 20;

pub(super) async fn lines_are_in_order(scene: &Scene) -> Outcome {
    let Some(all) = written(scene, LINES).await? else { return Ok(()) };
    ensure_eq!(all.numbers(), numbers(1, LINES), "not the lines that were written");
    ensure_eq!(all.gaps, 0, "a gap where nothing is missing");
    ensure!(all.ends.is_empty(), "what runs is said to have ended: {:?}", all.ends);
    Ok(())
}

pub(super) async fn the_end_of_a_source_tells_its_exit(scene: &Scene) -> Outcome {
    if unclaimed(scene).await? {
        return Ok(());
    }
    let changes = scene.plan(&scene.want(once(scene.harness.exits(4)))).await?;
    scene.ensure(&scene.environment, &changes).await?;
    let follow = LogOptions::default().with_follow(true);
    let all = read(scene.runtime.logs(&web(scene), follow)).await?;
    let exits: Vec<Exit> = all.ends.iter().map(|(_, exit)| *exit).collect();
    ensure_eq!(exits, [Exit::Code(4)], "not the one end");
    Ok(())
}

pub(super) async fn reading_goes_on_after_a_cursor(scene: &Scene) -> Outcome {
    let Some(all) = written(scene, LINES).await? else { return Ok(()) };
    let at = all.lines.get(4).ok_or_else(|| Failure::new("fewer than five lines"))?;
    let how = LogOptions::default().with_after(at.source.clone(), at.cursor.clone());
    let rest = read(scene.runtime.logs(&web(scene), how)).await?;
    ensure_eq!(rest.numbers(), numbers(6, LINES), "not the lines after the cursor");
    ensure_eq!(rest.gaps, 0, "a gap where nothing is missing");
    Ok(())
}

pub(super) async fn a_tail_is_the_last_lines(scene: &Scene) -> Outcome {
    let Some(_) = written(scene, LINES).await? else { return Ok(()) };
    let tail = read(scene.runtime.logs(&web(scene), LogOptions::default().with_tail(6))).await?;
    // Lines of the fixture's own may be among the last ones, and count.
    let last = tail.numbers();
    ensure!((1..=6).contains(&last.len()), "a tail of 6 gave the lines {last:?}");
    ensure_eq!(last, numbers(LINES + 1 - last.len(), LINES), "the tail is not the last lines");
    Ok(())
}

pub(super) async fn following_ends_with_its_source(scene: &Scene) -> Outcome {
    if unclaimed(scene).await? {
        return Ok(());
    }
    let changes = scene.plan(&scene.want(scene.harness.prints(LINES))).await?;
    let done = scene.ensure(&scene.environment, &changes).await?;
    let following = read(scene.runtime.logs(&web(scene), LogOptions::default().with_follow(true)));
    let removing = async {
        wait_for_lines(scene, LINES, &done).await?;
        scene.deploy(&Bound::empty(scene.environment.clone())).await
    };
    let (all, removed) = futures_util::future::join(following, removing).await;
    removed?;
    let all = all?;
    ensure_eq!(all.numbers(), numbers(1, LINES), "not the lines that were written");
    ensure_eq!(all.ends.len(), 1, "not one end");
    Ok(())
}

pub(super) async fn an_instances_logs_are_its_own(scene: &Scene) -> Outcome {
    let Some(first) = written(scene, LINES).await? else { return Ok(()) };
    let changes = scene.plan(&scene.want(variant(scene.harness.prints(3), "2"))).await?;
    let done = scene.ensure(&scene.environment, &changes).await?;
    let seen = scene.ready(&scene.environment, &changes, &done).await?;
    let made = done.iter().find(|step| step.op.service == Some(Scene::web()));
    let object = made.and_then(|step| seen.object(&step.op.object));
    let instance = object.ok_or_else(|| Failure::new("the instance went away"))?.instance();
    let subject = LogSubject::Instance(scene.environment.clone(), instance);
    let own = read(scene.runtime.logs(&subject, LogOptions::default())).await?;
    ensure_eq!(own.numbers(), numbers(1, 3), "not the instance's own lines");
    let mixed = own.lines.iter().any(|line| first.lines.iter().any(|other| other.source == line.source));
    ensure!(!mixed, "two instances write as one source");
    Ok(())
}

pub(super) async fn no_gap_is_silent(scene: &Scene) -> Outcome {
    if unclaimed(scene).await? {
        return Ok(());
    }
    let count = scene.harness.lines_too_many();
    let Some(kept) = written(scene, count).await? else { return Ok(()) };
    ensure!(kept.lines.len() < count, "the fixture wrote {count} lines, and none was thrown away");
    let mut expected = 1;
    for line in &kept.lines {
        let missing = line.number != expected;
        ensure!(!missing || line.after_gap, "lines {expected} to {} are missing in silence", line.number - 1);
        expected = line.number + 1;
    }
    Ok(())
}

fn numbers(from: usize, to: usize) -> Vec<usize> {
    (from..=to).collect()
}

/// Deploys what writes lines, waits until the last one is there, and reads what is kept. None if
/// logs are not claimed, and are refused as they have to be.
async fn written(scene: &Scene, lines: usize) -> Outcome<Option<Read>> {
    if unclaimed(scene).await? {
        return Ok(None);
    }
    let changes = scene.plan(&scene.want(scene.harness.prints(lines))).await?;
    let done = scene.ensure(&scene.environment, &changes).await?;
    scene.ready(&scene.environment, &changes, &done).await?;
    wait_for_lines(scene, lines, &done).await.map(Some)
}

/// Reads again and again, until the last of the numbered lines is there.
async fn wait_for_lines(scene: &Scene, lines: usize, done: &[Done]) -> Outcome<Read> {
    ensure!(!done.is_empty(), "the plan has no operation");
    for _ in 0..600 {
        let all = read(scene.runtime.logs(&web(scene), LogOptions::default())).await?;
        if all.lines.last().is_some_and(|line| line.number == lines) {
            return Ok(all);
        }
        scene.env.sleep(std::time::Duration::from_millis(50)).await;
    }
    Err(Failure::new(format!("line {lines} never came")))
}

/// True if logs are not claimed, and refused.
async fn unclaimed(scene: &Scene) -> Outcome<bool> {
    if scene.can.logs {
        return Ok(false);
    }
    let mut stream: BoxStream<'static, Result<LogItem>> = scene.runtime.logs(&web(scene), LogOptions::default());
    let first = stream.next().await.ok_or_else(|| Failure::new("logs that are not claimed are empty, not refused"))?;
    refused("reading logs, which are not claimed,", first, &[&codes::CAPABILITY_UNSUPPORTED])?;
    Ok(true)
}

fn web(scene: &Scene) -> LogSubject {
    LogSubject::Service(scene.environment.clone(), Scene::web())
}
