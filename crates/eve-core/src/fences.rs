//! The largest fencing token of each environment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{EnvironmentId, Error, Fence, Result, codes};

/// Stores the tokens before a larger one counts.
pub type KeepFences = Box<dyn Fn(&BTreeMap<EnvironmentId, Fence>) -> Result<()> + Send + Sync>;

/// Remembers the largest token of each environment and turns older ones away.
///
/// A backend that shows it at its entry and again where an effect becomes visible, under the lock
/// that the observer takes too, leaves no late effect of an older holder unseen.
#[derive(Default)]
pub struct Fences {
    largest: Mutex<BTreeMap<EnvironmentId, Fence>>,
    keep: Option<KeepFences>,
}

impl Fences {
    /// No token was seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with tokens that were stored, and stores each larger one before it counts.
    pub fn kept(stored: BTreeMap<EnvironmentId, Fence>, keep: KeepFences) -> Self {
        Self { largest: Mutex::new(stored), keep: Some(keep) }
    }

    /// Lets a token pass, and remembers it, unless a larger one was seen before.
    ///
    /// # Errors
    /// `lease.lost` for an older token; whatever storing answers.
    pub fn admit(&self, env: &EnvironmentId, fence: Fence) -> Result<()> {
        let mut largest = self.largest();
        let known = largest.get(env).copied();
        if known.is_some_and(|known| fence < known) {
            let text = format!("token {fence} of {env} is older than {}", known.unwrap_or_default());
            return Err(Error::fenced(codes::LEASE_LOST, text).with_hint("another engine holds the environment now"));
        }
        if known == Some(fence) {
            return Ok(());
        }
        let mut next = largest.clone();
        next.insert(env.clone(), fence);
        if let Some(keep) = &self.keep {
            keep(&next)?;
        }
        *largest = next;
        Ok(())
    }

    fn largest(&self) -> MutexGuard<'_, BTreeMap<EnvironmentId, Fence>> {
        self.largest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Fences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fences").field(&*self.largest()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn env(text: &str) -> EnvironmentId {
        EnvironmentId::parse(text).unwrap()
    }

    #[test]
    fn an_older_token_is_refused_for_its_environment_alone() {
        let fences = Fences::new();
        let (here, there) = (env("a/b/here"), env("a/b/there"));
        fences.admit(&here, Fence::new(2)).unwrap();
        assert_eq!(fences.admit(&here, Fence::new(1)).unwrap_err().code(), &codes::LEASE_LOST);
        fences.admit(&here, Fence::new(2)).unwrap();
        fences.admit(&there, Fence::new(1)).unwrap();
    }

    #[test]
    fn a_token_that_cannot_be_stored_does_not_count() {
        let full = Arc::new(AtomicBool::new(true));
        let is_full = Arc::clone(&full);
        let keep = move |_: &BTreeMap<_, _>| {
            if is_full.load(Ordering::SeqCst) { Err(Error::exhausted(codes::STATE_DISK_FULL, "full")) } else { Ok(()) }
        };
        let here = env("a/b/here");
        let fences = Fences::kept(BTreeMap::from([(here.clone(), Fence::new(5))]), Box::new(keep));
        assert_eq!(fences.admit(&here, Fence::new(6)).unwrap_err().code(), &codes::STATE_DISK_FULL);
        fences.admit(&here, Fence::new(5)).unwrap();
        full.store(false, Ordering::SeqCst);
        fences.admit(&here, Fence::new(6)).unwrap();
        assert_eq!(fences.admit(&here, Fence::new(5)).unwrap_err().code(), &codes::LEASE_LOST);
    }
}
