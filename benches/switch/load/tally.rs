//! What a loop of requests saw.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::loss::Loss;

/// What both loops saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// On kept connections.
    pub(crate) kept: Tally,
    /// On a new connection for every request.
    pub(crate) new: Tally,
}

/// What one loop of requests saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Requests that were begun.
    pub(crate) sent: u64,
    /// Requests that were answered 2xx by a release.
    pub(crate) served: u64,
    /// How many answers each release gave.
    pub(crate) releases: BTreeMap<u32, u64>,
    /// Everything that was not served.
    pub(crate) lost: BTreeMap<Loss, u64>,
    /// Answers of an older release after the newer one's deploy was reported a success.
    pub(crate) old: u64,
    /// How long after that the last of them came.
    pub(crate) oldest: Duration,
    /// The longest time between two answers to requests that ask for a quick one.
    pub(crate) longest_gap: Duration,
    /// The first few losses, for people.
    pub(crate) notes: Vec<String>,
    last: Option<Instant>,
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) path: &'static str,
    pub(super) is_quick: bool,
    pub(super) begun: Instant,
}

/// Losses that are told one by one.
const NOTES: usize = 5;

/// A release whose deploy was reported a success.
#[derive(Debug, Clone, Copy)]
pub(super) struct Success {
    pub(super) release: u32,
    pub(super) at: Instant,
}

impl Tally {
    pub(super) fn note(&mut self, asked: Asked, answer: Result<u32, Loss>, success: Option<Success>) {
        let now = Instant::now();
        let release = match answer {
            Ok(release) => release,
            Err(loss) => return self.lose(asked, loss, success),
        };
        self.served += 1;
        *self.releases.entry(release).or_default() += 1;
        if let Some(success) = success.filter(|success| release < success.release) {
            self.old += 1;
            self.oldest = self.oldest.max(now.duration_since(success.at));
        }
        if asked.is_quick {
            let gap = self.last.map_or(Duration::ZERO, |last| now.duration_since(last));
            self.longest_gap = self.longest_gap.max(gap);
            self.last = Some(now);
        }
    }

    fn lose(&mut self, asked: Asked, loss: Loss, success: Option<Success>) {
        *self.lost.entry(loss).or_default() += 1;
        if self.notes.len() < NOTES {
            let since = success.map_or("before any success".to_owned(), |success| {
                let later = asked.begun.saturating_duration_since(success.at);
                format!("begun {:.1} s after the success of {}", later.as_secs_f64(), success.release)
            });
            let lasted = asked.begun.elapsed().as_millis();
            self.notes.push(format!("{loss} after {lasted} ms, {} {since}", asked.path));
        }
    }

    /// All that was not served, also what was begun and never noted.
    pub(crate) fn lost(&self) -> u64 {
        self.sent - self.served
    }

    /// What was lost for one reason.
    pub(crate) fn lost_by(&self, loss: Loss) -> u64 {
        self.lost.get(&loss).copied().unwrap_or_default()
    }

    /// The reasons, for people.
    pub(crate) fn causes(&self) -> String {
        let causes: Vec<_> = self.lost.iter().map(|(loss, count)| format!("{count} {loss}")).collect();
        causes.join(", ")
    }
}

impl Seen {
    /// Answers of an older release after a newer one's success.
    pub(crate) fn old(&self) -> u64 {
        self.kept.old + self.new.old
    }

    /// How long after it the last of them came.
    pub(crate) fn oldest(&self) -> Duration {
        self.kept.oldest.max(self.new.oldest)
    }

    /// The longest time between two quick answers in one of the loops.
    pub(crate) fn longest_gap(&self) -> Duration {
        self.kept.longest_gap.max(self.new.longest_gap)
    }

    /// How many releases answered.
    pub(crate) fn releases(&self) -> usize {
        let all: std::collections::BTreeSet<_> = self.kept.releases.keys().chain(self.new.releases.keys()).collect();
        all.len()
    }
}
