//! What is printed.

use std::time::Duration;

use crate::Result;
use crate::bomb::Bomb;
use crate::work::{events, resolve, target, timed, wide};

/// Times of reading and resolving each text beside those of its bare events, the two in turns.
pub(crate) fn speed<N: AsRef<str>>(texts: impl IntoIterator<Item = (N, String)>, rounds: usize) -> Result {
    let (limits, target) = (wide(), target()?);
    println!(
        "{:<18} {:>9} {:>8} {:>10} {:>10} {:>7} {:>10}",
        "", "bytes", "events", "events ms", "resolve ms", "ratio", "ns/event"
    );
    for (name, text) in texts {
        let (name, count) = (name.as_ref(), events(&text)?);
        resolve(&text, &limits, &target)?;
        let (mut bare, mut whole) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            bare.push(timed(|| events(&text)).0);
            whole.push(timed(|| resolve(&text, &limits, &target)).0);
        }
        let (bare, whole) = (median(bare), median(whole));
        let (ratio, each) = (whole.as_secs_f64() / bare.as_secs_f64(), whole.as_nanos() / count as u128);
        println!(
            "{name:<18} {:>9} {count:>8} {:>10.3} {:>10.3} {ratio:>7.2} {each:>10}",
            text.len(),
            milliseconds(bare),
            milliseconds(whole),
        );
    }
    println!("asked: a ratio of at most 2.5, and as many ns an event whatever the size\n");
    Ok(())
}

/// What each bomb costs, each in a process of its own.
pub(crate) fn bombs() -> Result {
    println!("{:<22} {:>10} {:>9} {:>9}   answer", "bomb", "bytes", "ms", "MiB");
    for bomb in Bomb::ALL {
        let cost = bomb.in_a_process()?;
        println!(
            "{:<22} {:>10} {:>9.2} {:>9}   {}",
            bomb.name,
            cost.bytes,
            milliseconds(cost.time),
            cost.mebibytes.map_or_else(|| "?".to_owned(), |peak| format!("{peak:.1}")),
            cost.answer,
        );
    }
    println!("asked: at most 50 ms, and 32 MiB beside the text");
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
