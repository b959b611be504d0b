//! Whether an attempt is tried again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::RetryClass;

/// How often and after which pause failed attempts are tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How many attempts may count. By default 1.
    pub max_attempts: u32,
    /// How many that do not count (a lost machine is nobody's fault) there may be. By default 3.
    pub max_free: u32,
    /// The first pause; it doubles with each attempt that counts. By default 1 s.
    pub backoff: Duration,
    /// The longest pause. By default 60 s.
    pub max_backoff: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 1, max_free: 3, backoff: Duration::from_secs(1), max_backoff: Duration::from_secs(60) }
    }
}

/// The attempts at a job so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tries {
    /// Attempts that count.
    pub counted: u32,
    /// Attempts that do not.
    pub free: u32,
}

impl Tries {
    /// Counts a failed attempt by its class.
    pub fn record(&mut self, class: RetryClass) {
        match class {
            RetryClass::Free => self.free += 1,
            RetryClass::BackOff | RetryClass::AfterChange | RetryClass::Never => self.counted += 1,
        }
    }
}

impl RetryPolicy {
    /// The pause before the next attempt, after one of this class failed; none if there is no next.
    ///
    /// `tries` counts that failure already.
    pub fn next(&self, class: RetryClass, tries: Tries) -> Option<Duration> {
        match class {
            RetryClass::AfterChange | RetryClass::Never => None,
            RetryClass::Free => (tries.free <= self.max_free).then_some(Duration::ZERO),
            RetryClass::BackOff if tries.counted >= self.max_attempts => None,
            RetryClass::BackOff => {
                let doublings = tries.counted.saturating_sub(1).min(16);
                Some(self.backoff.saturating_mul(1 << doublings).min(self.max_backoff))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_the_user_is_not_tried_again_and_a_lost_machine_costs_nothing() {
        let policy = RetryPolicy { max_attempts: 3, ..RetryPolicy::default() };
        let mut tries = Tries::default();
        tries.record(RetryClass::Free);
        assert_eq!(policy.next(RetryClass::Free, tries), Some(Duration::ZERO));
        assert_eq!(tries.counted, 0);
        tries.record(RetryClass::BackOff);
        assert_eq!(policy.next(RetryClass::BackOff, tries), Some(Duration::from_secs(1)));
        tries.record(RetryClass::BackOff);
        assert_eq!(policy.next(RetryClass::BackOff, tries), Some(Duration::from_secs(2)));
        tries.record(RetryClass::BackOff);
        assert_eq!(policy.next(RetryClass::BackOff, tries), None);
        assert_eq!(policy.next(RetryClass::Never, Tries::default()), None);
    }
}
