//! The ports of routes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, TcpListener};
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eve_core::{Digest, EnvironmentId, Error, Result, ServiceName, codes};
use serde::{Deserialize, Serialize};

type Key = (EnvironmentId, ServiceName);

/// Gives each internal route a port for its life, the same in every process that has seen the same.
#[derive(Debug)]
pub(crate) struct Ports {
    bind: IpAddr,
    range: RangeInclusive<u16>,
    seed: String,
    /// Whether a port is tried before it is given.
    tries: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    given: BTreeMap<Key, u16>,
    /// Ports that somebody else was found to listen on, and the public one.
    taken: BTreeSet<u16>,
}

/// A port that was given, in its stored form.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PortRecord {
    environment: EnvironmentId,
    service: ServiceName,
    port: u16,
}

/// A service's port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// It was chosen now.
    Now(u16),
    /// It was chosen before.
    Before(u16),
}

impl Given {
    pub(crate) fn port(self) -> u16 {
        match self {
            Self::Now(port) | Self::Before(port) => port,
        }
    }
}

impl Ports {
    pub(crate) fn new(bind: IpAddr, range: RangeInclusive<u16>, seed: String, tries: bool) -> Self {
        Self { bind, range, seed, tries, state: Mutex::default() }
    }

    /// Where internal routes are listened for.
    pub(crate) fn bind(&self) -> IpAddr {
        self.bind
    }

    /// Gives the ports that another process gave.
    pub(crate) fn restore(&self, records: Vec<PortRecord>) {
        let given = records.into_iter().map(|record| ((record.environment, record.service), record.port));
        self.state().given.extend(given);
    }

    pub(crate) fn records(&self) -> Vec<PortRecord> {
        let record = |((environment, service), port): (&Key, &u16)| PortRecord {
            environment: environment.clone(),
            service: service.clone(),
            port: *port,
        };
        self.state().given.iter().map(record).collect()
    }

    /// The port of a service, chosen now if it has none.
    pub(crate) fn of(&self, environment: &EnvironmentId, service: &ServiceName) -> Result<Given> {
        let key = (environment.clone(), service.clone());
        let mut state = self.state();
        if let Some(port) = state.given.get(&key) {
            return Ok(Given::Before(*port));
        }
        let given: BTreeSet<u16> = state.given.values().copied().collect();
        let free = |port: &u16| {
            !given.contains(port) && !state.taken.contains(port) && (!self.tries || nobody_listens(self.bind, *port))
        };
        let port = self.candidates(&format!("{environment}\n{service}")).find(free).ok_or_else(|| {
            Error::exhausted(codes::PORT_TAKEN, format!("no port of {:?} is left for internal routes", self.range))
                .with_hint("give the proxy a larger range of internal ports")
        })?;
        state.given.insert(key, port);
        Ok(Given::Now(port))
    }

    /// The ports that the public one may be, in the order in which they are tried.
    pub(crate) fn public(&self) -> impl Iterator<Item = u16> {
        self.candidates("public")
    }

    /// Remembers that a port is no internal route's.
    pub(crate) fn reserve(&self, port: u16) {
        self.state().taken.insert(port);
    }

    /// Remembers that somebody else listens on a service's port: it will be given another one.
    pub(crate) fn taken(&self, environment: &EnvironmentId, service: &ServiceName, port: u16) {
        let mut state = self.state();
        state.taken.insert(port);
        state.given.remove(&(environment.clone(), service.clone()));
    }

    /// Takes a service's port back. False if it had none.
    pub(crate) fn release(&self, environment: &EnvironmentId, service: &ServiceName) -> bool {
        self.state().given.remove(&(environment.clone(), service.clone())).is_some()
    }

    /// Every port of the range once, in an order that follows from what it is for.
    fn candidates(&self, what: &str) -> impl Iterator<Item = u16> + use<> {
        let (first, last) = (u64::from(*self.range.start()), u64::from(*self.range.end()));
        let size = (last + 1).saturating_sub(first);
        let digest = Digest::of(format!("{}\n{what}", self.seed));
        let start = u64::from_str_radix(&digest.short(15), 16).expect("a digest's digits are hexadecimal");
        (0..size).filter_map(move |step| u16::try_from(first + (start + step) % size).ok())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// True if the port could be had now. Somebody else may still be faster.
fn nobody_listens(bind: IpAddr, port: u16) -> bool {
    TcpListener::bind((bind, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn key(service: &str) -> Key {
        (EnvironmentId::parse("o/p/e").unwrap(), ServiceName::new(service).unwrap())
    }

    #[test]
    fn a_port_is_the_same_in_every_process_and_nobody_elses() {
        let (env, web) = key("web");
        let (a, b) = (
            Ports::new(HERE, 20_000..=29_999, "s".into(), false),
            Ports::new(HERE, 20_000..=29_999, "s".into(), false),
        );
        assert_eq!(a.of(&env, &web).unwrap(), b.of(&env, &web).unwrap());
        assert_eq!(a.of(&env, &web).unwrap(), Given::Before(b.of(&env, &web).unwrap().port()));
        let small = Ports::new(HERE, 20_000..=20_002, String::new(), false);
        let mut ports: Vec<_> = ["a", "b", "c"].map(|name| small.of(&env, &key(name).1).unwrap().port()).into();
        ports.sort_unstable();
        assert_eq!(ports, [20_000, 20_001, 20_002]);
        assert_eq!(small.of(&env, &web).unwrap_err().code(), &codes::PORT_TAKEN);
        assert!(small.release(&env, &key("b").1));
        assert!(small.of(&env, &web).is_ok());
    }

    #[test]
    fn a_restored_port_is_given_again_and_to_nobody_else() {
        let (env, web) = key("web");
        let first = Ports::new(HERE, 20_000..=20_001, String::new(), false);
        let port = first.of(&env, &web).unwrap().port();
        let next = Ports::new(HERE, 20_000..=20_001, "another seed".into(), false);
        next.restore(first.records());
        assert_ne!(next.of(&env, &key("api").1).unwrap().port(), port);
        assert_eq!(next.of(&env, &web).unwrap(), Given::Before(port));
    }

    #[test]
    fn a_port_that_was_found_taken_is_not_given_again() {
        let (env, web) = key("web");
        let ports = Ports::new(HERE, 20_000..=29_999, String::new(), false);
        let first = ports.of(&env, &web).unwrap().port();
        ports.taken(&env, &web, first);
        assert_ne!(ports.of(&env, &web).unwrap().port(), first);
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_not_promised() {
        let (env, web) = key("web");
        let stranger = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = stranger.local_addr().unwrap().port();
        let range = port..=port.saturating_add(50);
        let heedless = Ports::new(HERE, port..=port, String::new(), false);
        assert_eq!(heedless.of(&env, &web).unwrap().port(), port);
        let all = (0..40).map(|i| Ports::new(HERE, range.clone(), i.to_string(), true).of(&env, &web).unwrap().port());
        assert!(all.into_iter().all(|given| given != port));
    }
}
