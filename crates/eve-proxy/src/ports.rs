//! The ports of internal routes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eve_core::{Digest, EnvironmentId, Error, Result, ServiceName, codes};

type Key = (EnvironmentId, ServiceName);

/// Gives each internal route a port for its life, the same in every process that has seen the same.
#[derive(Debug)]
pub(crate) struct Ports {
    range: RangeInclusive<u16>,
    seed: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    given: BTreeMap<Key, u16>,
    /// Ports that somebody else was found to listen on.
    taken: BTreeSet<u16>,
}

impl Ports {
    pub(crate) fn new(range: RangeInclusive<u16>, seed: String) -> Self {
        Self { range, seed, state: Mutex::default() }
    }

    /// The port of a service, chosen now if it has none.
    pub(crate) fn of(&self, environment: &EnvironmentId, service: &ServiceName) -> Result<u16> {
        let key = (environment.clone(), service.clone());
        let mut state = self.state();
        if let Some(port) = state.given.get(&key) {
            return Ok(*port);
        }
        let given: BTreeSet<u16> = state.given.values().copied().collect();
        let port = self.candidates(&key).find(|port| !given.contains(port) && !state.taken.contains(port)).ok_or_else(
            || {
                Error::exhausted(codes::PORT_TAKEN, format!("no port of {:?} is left for internal routes", self.range))
                    .with_hint("give the proxy a larger range of internal ports")
            },
        )?;
        state.given.insert(key, port);
        Ok(port)
    }

    /// Gives a service the port that it had in another process.
    pub(crate) fn adopt(&self, environment: &EnvironmentId, service: &ServiceName, port: u16) {
        self.state().given.insert((environment.clone(), service.clone()), port);
    }

    /// Remembers that somebody else listens on a service's port: it will be given another one.
    pub(crate) fn taken(&self, environment: &EnvironmentId, service: &ServiceName, port: u16) {
        let mut state = self.state();
        state.taken.insert(port);
        state.given.remove(&(environment.clone(), service.clone()));
    }

    /// Takes a service's port back.
    pub(crate) fn release(&self, environment: &EnvironmentId, service: &ServiceName) {
        self.state().given.remove(&(environment.clone(), service.clone()));
    }

    fn candidates(&self, (environment, service): &Key) -> impl Iterator<Item = u16> {
        let (first, last) = (u64::from(*self.range.start()), u64::from(*self.range.end()));
        let size = (last + 1).saturating_sub(first);
        let digest = Digest::of(format!("{}\n{environment}\n{service}", self.seed));
        let start = u64::from_str_radix(&digest.short(15), 16).expect("a digest's digits are hexadecimal");
        (0..size).filter_map(move |step| u16::try_from(first + (start + step) % size).ok())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(service: &str) -> Key {
        (EnvironmentId::parse("o/p/e").unwrap(), ServiceName::new(service).unwrap())
    }

    #[test]
    fn a_port_is_the_same_in_every_process_and_nobody_elses() {
        let (env, web) = key("web");
        let (a, b) = (Ports::new(20_000..=29_999, "s".into()), Ports::new(20_000..=29_999, "s".into()));
        assert_eq!(a.of(&env, &web).unwrap(), b.of(&env, &web).unwrap());
        let small = Ports::new(20_000..=20_002, String::new());
        let mut ports: Vec<_> = ["a", "b", "c"].map(|name| small.of(&env, &key(name).1).unwrap()).into();
        ports.sort_unstable();
        assert_eq!(ports, [20_000, 20_001, 20_002]);
        assert_eq!(small.of(&env, &web).unwrap_err().code(), &codes::PORT_TAKEN);
        small.release(&env, &key("b").1);
        assert!(small.of(&env, &web).is_ok());
    }

    #[test]
    fn a_port_that_was_found_taken_is_not_given_again() {
        let (env, web) = key("web");
        let ports = Ports::new(20_000..=29_999, String::new());
        let first = ports.of(&env, &web).unwrap();
        ports.taken(&env, &web, first);
        assert_ne!(ports.of(&env, &web).unwrap(), first);
    }
}
