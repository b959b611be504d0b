//! Times of one side.

use std::fmt;
use std::time::Duration;

/// Times of one side, in the order of their rounds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    pub(crate) fn new(times: Vec<Duration>) -> Self {
        Self(times)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn min(&self) -> Duration {
        self.0.iter().min().copied().unwrap_or_default()
    }

    pub(crate) fn median(&self) -> Duration {
        self.at(50)
    }

    pub(crate) fn at(&self, percent: usize) -> Duration {
        let mut times = self.0.clone();
        times.sort_unstable();
        times.get(times.len() * percent / 100).copied().unwrap_or_default()
    }

    /// This side's time over the other's, round by round.
    pub(crate) fn over(&self, other: &Self) -> Vec<f64> {
        self.0.iter().zip(&other.0).map(|(mine, other)| mine.as_secs_f64() / other.as_secs_f64()).collect()
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, median) = (Milliseconds(self.min()), Milliseconds(self.median()));
        write!(f, "min {min:>9}   median {median:>9}   of {}", self.0.len())
    }
}

/// A time with three digits that count.
struct Milliseconds(Duration);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_secs_f64() * 1e3;
        let digits = if ms < 10.0 { 2 } else { usize::from(ms < 100.0) };
        f.pad(&format!("{ms:.digits$} ms"))
    }
}
