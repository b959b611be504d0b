//! What subscribing promises.

use std::time::Duration;

use eve_core::{Entry, Result, StreamId};
use futures_util::StreamExt as _;
use futures_util::future::join;
use futures_util::stream::BoxStream;

use super::Book;
use super::harness::stream;
use crate::failure::{ensure, ensure_eq};
use crate::{Failure, Outcome};

/// How long a subscription may be silent where an entry has to come.
const SILENCE: Duration = Duration::from_secs(30);

pub(super) async fn a_subscriber_gets_each_entry_once_and_in_order(on: &Book) -> Outcome {
    let run = stream("run/a");
    let count = 60;
    on.journal.append(&run, 0, None, on.records(0..5)).await?;
    let subscription = on.journal.subscribe(&run, 0);
    let (read, written) = join(take(subscription, count), write(on, &run, 5, count)).await;
    written?;
    let (sequences, bodies): (Vec<u64>, Vec<usize>) = read?.into_iter().unzip();
    ensure_eq!(sequences, (1..=count as u64).collect::<Vec<_>>(), "the sequences");
    ensure_eq!(bodies, (0..count).collect::<Vec<_>>(), "the records");
    Ok(())
}

pub(super) async fn a_subscriber_can_begin_in_the_middle(on: &Book) -> Outcome {
    let run = stream("run/a");
    on.journal.append(&run, 0, None, on.records(0..5)).await?;
    let read = take(on.journal.subscribe(&run, 3), 2).await?;
    ensure_eq!(read, [(4, 3), (5, 4)], "the entries after the third");
    // A place that nothing has reached yet is waited for.
    let (read, written) = join(take(on.journal.subscribe(&run, 6), 1), write(on, &run, 5, 7)).await;
    written?;
    ensure_eq!(read?, [(7, 6)], "the entry after the sixth");
    Ok(())
}

pub(super) async fn a_subscriber_hears_of_its_own_stream_only(on: &Book) -> Outcome {
    let (own, other) = (stream("run/a"), stream("run/ab"));
    let subscription = on.journal.subscribe(&own, 0);
    on.journal.append(&other, 0, None, on.records(100..103)).await?;
    on.journal.append(&own, 0, None, on.records(0..1)).await?;
    let read = take(subscription, 1).await?;
    ensure_eq!(read, [(1, 0)], "the first entry");
    ensure!(!on.journal.read(&other, 0, 10).await?.is_empty(), "the other stream is empty");
    Ok(())
}

/// Appends the records from one number to before another, each on its own.
async fn write(on: &Book, run: &StreamId, from: usize, to: usize) -> Outcome {
    for number in from..to {
        on.journal.append(run, number as u64, None, on.records([number])).await?;
        if number % 7 == 0 {
            on.env.sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}

async fn take(mut entries: BoxStream<'static, Result<Entry>>, count: usize) -> Outcome<Vec<(u64, usize)>> {
    let mut out = Vec::new();
    while out.len() < count {
        let next = tokio::time::timeout(SILENCE, entries.next()).await;
        let next = next.map_err(|_| Failure::new(format!("silent for 30 s after {} entries", out.len())))?;
        let entry = next.ok_or_else(|| Failure::new("the subscription ended"))??;
        out.push((entry.sequence, entry.record.body.decode()?));
    }
    Ok(out)
}
