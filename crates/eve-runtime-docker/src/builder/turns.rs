//! Equal builds, one after the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use eve_core::Digest;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// The builds that are under way. Of two equal ones at once the engine would make two images; one that
/// waits for the other finds in the engine's cache what that one made.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<Digest, Weak<Turn<()>>>>>);

impl Turns {
    /// Waits until nothing equal is built.
    pub(super) async fn take(&self, build: Digest) -> OwnedMutexGuard<()> {
        let turn = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, turn| turn.strong_count() > 0);
            all.get(&build).and_then(Weak::upgrade).unwrap_or_else(|| {
                let turn = Arc::default();
                all.insert(build, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn equal_builds_take_turns_and_others_do_not_wait() {
        let turns = Turns::default();
        let first = turns.take(Digest::of("a")).now_or_never();
        assert!(first.is_some());
        assert!(turns.take(Digest::of("a")).now_or_never().is_none());
        assert!(turns.take(Digest::of("b")).now_or_never().is_some());
        drop(first);
        assert!(turns.take(Digest::of("a")).now_or_never().is_some());
    }

    #[test]
    fn nothing_is_kept_of_builds_that_are_over() {
        let turns = Turns::default();
        for build in ["a", "b", "c"] {
            drop(turns.take(Digest::of(build)).now_or_never());
        }
        let _last = turns.take(Digest::of("d")).now_or_never();
        assert_eq!(turns.0.lock().expect("nobody panicked").len(), 1);
    }
}
