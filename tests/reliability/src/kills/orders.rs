//! What a customer asks for, one thing after another.

use fastrand::Rng;

use crate::{Ask, Edition, What};

/// What is asked for in one environment, without an end. The same seed and environment ask for the
/// same.
#[derive(Debug)]
pub struct Orders {
    environment: String,
    dice: Rng,
    number: u64,
}

impl Orders {
    /// Begins with the first.
    pub fn new(environment: &str, seed: u64) -> Self {
        let mixed = environment.bytes().fold(seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        Self { environment: environment.to_owned(), dice: Rng::with_seed(mixed), number: 0 }
    }
}

impl Iterator for Orders {
    type Item = Ask;

    /// A release that works after another one; one in five is a return to the one before, one in five
    /// a release that crashes, and one in ten brings a job along.
    fn next(&mut self) -> Option<Ask> {
        let number = self.number;
        self.number += 1;
        let what = match self.dice.u8(0..10) {
            // There has to be something before anything can go wrong with it.
            _ if number == 0 => What::Deploy(Edition::One),
            0..2 => What::Rollback,
            2..4 => What::Deploy(Edition::Crashing),
            4 => What::Deploy(Edition::WithJob),
            _ if number.is_multiple_of(2) => What::Deploy(Edition::One),
            _ => What::Deploy(Edition::Two),
        };
        Some(Ask::new(&self.environment, what, &format!("order-{number}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_asks_for_the_same_and_each_environment_for_its_own() {
        let first =
            |environment, seed| Orders::new(environment, seed).take(200).map(|ask| ask.what).collect::<Vec<_>>();
        assert_eq!(first("one", 7), first("one", 7));
        assert_ne!(first("one", 7), first("one", 8));
        assert_ne!(first("one", 7), first("two", 7));
        let kinds = first("one", 7);
        assert_eq!(kinds[0], What::Deploy(Edition::One));
        for what in [What::Rollback, What::Deploy(Edition::Crashing), What::Deploy(Edition::WithJob)] {
            assert!(kinds.contains(&what), "{what:?}");
        }
    }
}
