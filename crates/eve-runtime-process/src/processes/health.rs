//! How probe answers fold into readiness. Pure.

use std::time::Duration;

/// The answers so far of one process.
#[derive(Debug, Default)]
pub(super) struct Health {
    passed: bool,
    failures: u32,
    tries: u32,
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It can do its work.
    Ready,
    /// It failed, and that does not count yet.
    Pending,
    /// It failed too often in a row.
    Unhealthy,
}

impl Health {
    const FIRST: Duration = Duration::from_millis(20);
    const LONGEST: Duration = Duration::from_secs(1);

    /// Takes in one answer.
    pub(super) fn answer(&mut self, passed: bool, counts: bool, retries: u32) -> Verdict {
        self.tries = self.tries.saturating_add(1);
        if passed {
            self.passed = true;
            self.failures = 0;
            return Verdict::Ready;
        }
        if counts {
            self.failures = self.failures.saturating_add(1);
        }
        if self.failures >= retries { Verdict::Unhealthy } else { Verdict::Pending }
    }

    /// The pause before the next try: short and growing until the first one passes.
    pub(super) fn pause(&self, interval: Duration) -> Duration {
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
        let mut health = Health::default();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            health.answer(false, true, 3);
            pauses.push(health.pause(Duration::from_secs(10)).as_millis());
        }
        assert_eq!(pauses, [20, 40, 80, 160, 320, 640, 1000, 1000]);
        health.answer(true, true, 3);
        assert_eq!(health.pause(Duration::from_secs(10)), Duration::from_secs(10));
    }

    #[test]
    fn only_failures_in_a_row_count() {
        let mut health = Health::default();
        let answers = [true, false, false, true, false, false, false];
        let verdicts = answers.map(|passed| health.answer(passed, true, 3));
        assert_eq!(verdicts[5], Verdict::Pending);
        assert_eq!(verdicts[6], Verdict::Unhealthy);
    }

    #[test]
    fn failures_of_the_start_period_do_not_count() {
        let mut health = Health::default();
        for _ in 0..9 {
            assert_eq!(health.answer(false, false, 1), Verdict::Pending);
        }
        assert_eq!(health.answer(false, true, 1), Verdict::Unhealthy);
    }
}
