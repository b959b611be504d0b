//! Pauses between restarts.

use std::time::Duration;

/// A pause that doubles with every end that comes too soon.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    ends: u32,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(10);
    /// Who ran that long counts as new.
    const STABLE: Duration = Duration::from_secs(10);

    /// The pause after a process that ran that long.
    pub(super) fn after(&mut self, ran: Duration) -> Duration {
        if ran >= Self::STABLE {
            self.ends = 0;
        }
        let pause = Self::FIRST.saturating_mul(2_u32.saturating_pow(self.ends)).min(Self::LONGEST);
        self.ends = self.ends.saturating_add(1);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_ten_seconds() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..9).map(|_| backoff.after(Duration::ZERO).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    }

    #[test]
    fn a_stable_process_starts_over() {
        let mut backoff = Backoff::default();
        for _ in 0..5 {
            backoff.after(Duration::from_secs(1));
        }
        assert_eq!(backoff.after(Duration::from_secs(10)), Backoff::FIRST);
    }
}
