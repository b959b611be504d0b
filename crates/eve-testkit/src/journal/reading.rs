//! What reading promises.

use eve_core::{Body, Record, Timestamp};

use super::Book;
use super::harness::stream;
use crate::Outcome;
use crate::failure::{ensure, ensure_eq};

pub(super) async fn a_stream_that_does_not_exist_is_empty(on: &Book) -> Outcome {
    ensure!(on.journal.read(&stream("run/never"), 0, 10).await?.is_empty(), "a stream that was never written");
    ensure!(on.journal.streams("").await?.is_empty(), "an empty journal lists streams");
    Ok(())
}

pub(super) async fn records_come_back_as_they_were(on: &Book) -> Outcome {
    let run = stream("run/ünï-code 'quoted' %_");
    let body = Body::of(&vec!["", "\"\\\n\u{0}🦀", "%_'"])?;
    let record = Record::new("said", 3, Timestamp::from_millis(1_795_132_799_999), body);
    on.journal.append(&run, 0, None, vec![record.clone()]).await?;
    let entries = on.journal.read(&run, 0, 10).await?;
    ensure_eq!(entries.len(), 1, "the entries");
    ensure_eq!(entries[0].record, record, "the record");
    ensure_eq!((&entries[0].stream, entries[0].sequence), (&run, 1), "the place");
    Ok(())
}

pub(super) async fn reading_goes_on_after_a_sequence_and_keeps_to_its_limit(on: &Book) -> Outcome {
    let run = stream("run/a");
    on.journal.append(&run, 0, None, on.records(0..10)).await?;
    let mut pages = Vec::new();
    let mut after = 0;
    loop {
        let page = on.journal.read(&run, after, 4).await?;
        let Some(last) = page.last() else { break };
        after = last.sequence;
        pages.push(page.iter().map(|entry| entry.sequence).collect::<Vec<_>>());
    }
    ensure_eq!(pages, [vec![1, 2, 3, 4], vec![5, 6, 7, 8], vec![9, 10]], "the pages");
    Ok(())
}

pub(super) async fn streams_are_listed_by_prefix_with_their_last_sequence(on: &Book) -> Outcome {
    for (name, length) in [("run/b", 2), ("run/a", 1), ("env/a", 3), ("run", 1), ("runner/x", 1), ("run_/x", 1)] {
        on.journal.append(&stream(name), 0, None, on.records(0..length)).await?;
    }
    let listed = on.journal.streams("run/").await?;
    ensure_eq!(listed, [(stream("run/a"), 1), (stream("run/b"), 2)], "the streams below run/");
    // A prefix is text, no pattern.
    ensure_eq!(on.journal.streams("run_").await?, [(stream("run_/x"), 1)], "the streams that begin with run_");
    ensure_eq!(on.journal.streams("").await?.len(), 6, "all streams");
    Ok(())
}

pub(super) async fn the_last_entries_come_from_the_greatest_names_down(on: &Book) -> Outcome {
    for (name, length) in [("run/b", 2), ("run/a", 1), ("run/c", 3), ("env/a", 3), ("run_/x", 1)] {
        on.journal.append(&stream(name), 0, None, on.records(0..length)).await?;
    }
    let last = on.journal.last("run/", 2).await?;
    let places: Vec<_> = last.iter().map(|entry| (entry.stream.clone(), entry.sequence)).collect();
    ensure_eq!(places, [(stream("run/c"), 3), (stream("run/b"), 2)], "the last two streams below run/");
    let read = on.journal.read(&stream("run/c"), 2, 1).await?;
    ensure_eq!(last.first(), read.first(), "the last entry");
    ensure_eq!(on.journal.last("run/", 10).await?.len(), 3, "all streams below run/");
    ensure!(on.journal.last("run/", 0).await?.is_empty(), "a limit of nothing");
    ensure!(on.journal.last("never/", 10).await?.is_empty(), "streams that do not exist");
    Ok(())
}
