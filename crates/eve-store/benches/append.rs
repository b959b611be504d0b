//! Durable appends per second, with one writer and with many, beside what the disk can do: the same
//! bytes, one write and one `fdatasync` each, in the same directory.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eve_core::{Body, Env as _, Journal as _, Record, StreamId, SystemEnv};
use eve_store::{SqliteJournal, StateDir};

/// How long each figure is measured.
const SPAN: Duration = Duration::from_secs(2);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A path may be named, to measure another disk. Cargo adds `--bench`.
    let under = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let folder = tempfile::tempdir_in(under.unwrap_or_else(std::env::temp_dir))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(folder.path()))
}

async fn measure(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let env = Arc::new(SystemEnv::new());
    let state = StateDir::open(folder.join("state"), "a bench", env.clone()).await?;
    let record = Record::new("bench.appended", 1, env.now(), Body::of(&"x".repeat(256))?);
    println!("{:>8} {:>12} {:>12} {:>10} {:>8}", "writers", "appends/s", "commits/s", "floor/s", "ratio");
    for writers in [1, 8, 64] {
        // Before and after: a shared disk is not the same from one second to the next.
        let before = floor(folder, record.body.as_str().as_bytes())?;
        let (appends, commits) = appends(&state.journal(), writers, &record).await?;
        let floor = f64::midpoint(before, floor(folder, record.body.as_str().as_bytes())?);
        println!("{writers:>8} {appends:>12.0} {commits:>12.0} {floor:>10.0} {:>8.2}", appends / floor);
    }
    state.close().await;
    Ok(())
}

/// Synchronised writes per second of these bytes.
fn floor(folder: &Path, bytes: &[u8]) -> std::io::Result<f64> {
    let mut file = File::create(folder.join("floor"))?;
    let (start, mut writes) = (Instant::now(), 0_u32);
    while start.elapsed() < SPAN {
        file.write_all(bytes)?;
        file.sync_data()?;
        writes += 1;
    }
    Ok(f64::from(writes) / start.elapsed().as_secs_f64())
}

/// Appends and commits per second, each writer on a stream of its own.
async fn appends(journal: &Arc<SqliteJournal>, writers: usize, record: &Record) -> eve_core::Result<(f64, f64)> {
    let (before, start) = (journal.stats(), Instant::now());
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let (journal, record) = (journal.clone(), record.clone());
            tokio::spawn(async move {
                let stream = StreamId::from_stored(format!("bench/{writers}/{writer}"));
                let mut last = 0;
                while start.elapsed() < SPAN {
                    last = journal.append(&stream, last, None, vec![record.clone()]).await?;
                }
                Ok::<_, eve_core::Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a writer does not panic")?;
    }
    let (after, seconds) = (journal.stats(), start.elapsed().as_secs_f64());
    Ok((per(after.appends - before.appends, seconds), per(after.commits - before.commits, seconds)))
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
fn per(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds
}
