//! A median, and how far it can be trusted.

use std::fmt;

const RESAMPLES: usize = 2000;

/// The median of what several rounds gave, and the two ends of its 90 % bootstrap interval.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    median: f64,
    low: f64,
    high: f64,
}

/// What a median is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Bounds {
    /// None of no values.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let median = middle(values.to_vec())?;
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut pick = || {
            // Xorshift: the same resamples for the same values.
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let turn = usize::try_from(random >> 33).unwrap_or_default();
            values[turn % values.len()]
        };
        let mut medians: Vec<f64> =
            (0..RESAMPLES).filter_map(|_| middle(values.iter().map(|_| pick()).collect())).collect();
        medians.sort_unstable_by(f64::total_cmp);
        Some(Self { median, low: medians[RESAMPLES / 20], high: medians[RESAMPLES * 19 / 20] })
    }

    /// Whether a target is met, in words. It is only where the far end of the interval meets it, too.
    pub(crate) fn verdict(self, target: Target) -> &'static str {
        let (median, end) = match target {
            Target::AtLeast(least) => (self.median >= least, self.low >= least),
            Target::AtMost(most) => (self.median <= most, self.high <= most),
        };
        match (median, end) {
            (true, true) => "met",
            (true, false) => "met by the median alone",
            (false, _) => "MISSED",
        }
    }
}

fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2} to {:.2})", self.median, self.low, self.high)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "at least {least}"),
            Self::AtMost(most) => write!(f, "at most {most}"),
        }
    }
}
