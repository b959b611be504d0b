//! How the answers of a health probe fold into readiness. Pure.

use std::time::Duration;

/// The answers so far of one workload's health probe.
///
/// A helper for backends that probe themselves: how often to try, and what an answer means.
#[derive(Debug, Clone, Default)]
pub struct Probing {
    passed: bool,
    failures: u32,
    tries: u32,
}

/// What an answer of a health probe means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeVerdict {
    /// It can do its work.
    Ready,
    /// It failed, and that does not count yet.
    Pending,
    /// It failed too often in a row.
    Unhealthy,
}

impl Probing {
    const FIRST: Duration = Duration::from_millis(20);
    const LONGEST: Duration = Duration::from_secs(1);

    /// Takes in one answer. A failure that does not count, since the workload has only just started, is
    /// no step towards `retries` of them in a row.
    pub fn answer(&mut self, passed: bool, counts: bool, retries: u32) -> ProbeVerdict {
        self.tries = self.tries.saturating_add(1);
        if passed {
            self.passed = true;
            self.failures = 0;
            return ProbeVerdict::Ready;
        }
        if counts {
            self.failures = self.failures.saturating_add(1);
        }
        if self.failures >= retries { ProbeVerdict::Unhealthy } else { ProbeVerdict::Pending }
    }

    /// The pause before the next try: short and growing until the first one passes, then `interval`.
    pub fn pause(&self, interval: Duration) -> Duration {
        if self.passed {
            return interval;
        }
        let doublings = self.tries.saturating_sub(1).min(16);
        Self::FIRST.saturating_mul(1 << doublings).min(Self::LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_tried_often_until_it_first_passes() {
        let mut probing = Probing::default();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            probing.answer(false, true, 3);
            pauses.push(probing.pause(Duration::from_secs(10)).as_millis());
        }
        assert_eq!(pauses, [20, 40, 80, 160, 320, 640, 1000, 1000]);
        probing.answer(true, true, 3);
        assert_eq!(probing.pause(Duration::from_secs(10)), Duration::from_secs(10));
    }

    #[test]
    fn only_failures_in_a_row_count() {
        let mut probing = Probing::default();
        let answers = [true, false, false, true, false, false, false];
        let verdicts = answers.map(|passed| probing.answer(passed, true, 3));
        assert_eq!(verdicts[5], ProbeVerdict::Pending);
        assert_eq!(verdicts[6], ProbeVerdict::Unhealthy);
    }

    #[test]
    fn failures_of_the_start_period_do_not_count() {
        let mut probing = Probing::default();
        for _ in 0..9 {
            assert_eq!(probing.answer(false, false, 1), ProbeVerdict::Pending);
        }
        assert_eq!(probing.answer(false, true, 1), ProbeVerdict::Unhealthy);
    }
}
