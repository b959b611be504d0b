//! Ports for children.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};

use eve_core::{Address, Digest, Error, Result, codes};

use super::ChildPort;

const HOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Where ports for children are: above those that people choose, and beside 20000 to 29999, where ingresses listen.
const RANGES: [RangeInclusive<u16>; 2] = [10_000..=19_999, 30_000..=65_535];

/// The ports that a system gives by itself, if it does not say: those of Linux, and of all others.
const GIVEN_BY_SYSTEM: RangeInclusive<u16> = 32_768..=65_535;

/// The ports that children are given, each in its turn.
///
/// None is one that the system gives by itself: between the moment in which it is found free and the child's own bind
/// an outgoing connection would sit on it, or another supervisor be given it.
#[derive(Debug)]
pub(super) struct Ports {
    all: Box<[u16]>,
    turn: AtomicUsize,
}

impl Ports {
    /// The ports of this machine, in an order that follows from the seed: holders of different state folders begin at
    /// different ones.
    pub(super) fn of_machine(seed: &str) -> Self {
        let said = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok();
        Self::beside(&said.and_then(|said| range(&said)).unwrap_or(GIVEN_BY_SYSTEM), seed)
    }

    fn beside(given_by_system: &RangeInclusive<u16>, seed: &str) -> Self {
        let all: Box<[u16]> = RANGES.into_iter().flatten().filter(|port| !given_by_system.contains(port)).collect();
        let start = usize::from_str_radix(&Digest::of(seed).short(7), 16).expect("a digest's digits are hexadecimal");
        Self { all, turn: AtomicUsize::new(start) }
    }

    /// Finds a port of the machine for every port of a child; `given` are those of other children that live.
    ///
    /// A free port is found by binding it and letting go again, so between that and the child's own bind somebody
    /// else who wants this very one can take it; the child then fails to listen and says so itself.
    ///
    /// # Errors
    /// `port.taken` if a fixed port is in use, or no port is left.
    pub(super) fn find(&self, ports: &[ChildPort], given: &BTreeSet<u16>) -> Result<BTreeMap<u16, Address>> {
        // Held until all are found: the same one could be found twice.
        let mut held = Vec::new();
        let mut addresses = BTreeMap::new();
        for port in ports {
            let (listener, found) = match port.fixed {
                // Whoever was given it may not listen yet.
                Some(fixed) if given.contains(&fixed) => return Err(taken(fixed, io::ErrorKind::AddrInUse.into())),
                Some(fixed) => bind(fixed).map_err(|e| taken(fixed, e))?,
                None => self.next(given).map_err(|e| taken(0, e))?,
            };
            held.push(listener);
            addresses.insert(port.number, Address::new(HOST.to_string(), found));
        }
        Ok(addresses)
    }

    /// The next one that is free. One that a child has just left is not given again at once: who spoke to that child
    /// would speak to another one.
    fn next(&self, given: &BTreeSet<u16>) -> io::Result<(TcpListener, u16)> {
        for _ in 0..self.all.len() {
            let port = self.all[self.turn.fetch_add(1, Ordering::Relaxed) % self.all.len()];
            match bind(port) {
                Ok(found) if !given.contains(&port) => return Ok(found),
                Err(error) if error.kind() != io::ErrorKind::AddrInUse => return Err(error),
                _ => {}
            }
        }
        let mut held = Vec::new();
        loop {
            let (listener, port) = bind(0)?;
            if !given.contains(&port) {
                return Ok((listener, port));
            }
            // The system would give it again.
            held.push(listener);
        }
    }
}

/// The range that a system says.
fn range(said: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = said.trim().split_once(char::is_whitespace)?;
    Some(first.parse().ok()?..=last.trim().parse().ok()?)
}

/// The variables that tell a child its ports.
pub(super) fn variables(ports: &[ChildPort], addresses: &BTreeMap<u16, Address>) -> Vec<(String, String)> {
    let given = |number: u16| addresses.get(&number).map(|address| address.port.to_string());
    let first = ports.first().and_then(|port| given(port.number)).map(|port| ("PORT".to_owned(), port));
    let each = ports.iter().filter_map(|port| Some((format!("PORT_{}", port.number), given(port.number)?)));
    first.into_iter().chain(each).collect()
}

fn bind(port: u16) -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind((HOST, port))?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

fn taken(port: u16, error: io::Error) -> Error {
    let text = if port == 0 { "no port is left".to_owned() } else { format!("port {port} cannot be used") };
    Error::exhausted(codes::PORT_TAKEN, text)
        .with_hint("end what listens there, or name another port")
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: [ChildPort; 2] = [ChildPort { number: 80, fixed: None }, ChildPort { number: 81, fixed: None }];

    fn ports() -> Ports {
        Ports::of_machine("folder")
    }

    #[test]
    fn a_fixed_port_that_is_in_use_is_refused() {
        let (_held, port) = bind(0).unwrap();
        let wanted = ChildPort { number: 80, fixed: Some(port) };
        assert_eq!(ports().find(&[wanted], &BTreeSet::new()).unwrap_err().code(), &codes::PORT_TAKEN);
    }

    #[test]
    fn a_fixed_port_that_another_child_was_given_is_refused() {
        let given = ports().find(&ANY, &BTreeSet::new()).unwrap()[&80].port;
        let wanted = ChildPort { number: 80, fixed: Some(given) };
        assert_eq!(ports().find(&[wanted], &BTreeSet::from([given])).unwrap_err().code(), &codes::PORT_TAKEN);
    }

    #[test]
    fn no_port_is_given_twice() {
        let mut seen = BTreeSet::new();
        let ports = ports();
        for _ in 0..200 {
            for address in ports.find(&ANY, &seen).unwrap().into_values() {
                assert!(seen.insert(address.port));
            }
        }
    }

    #[test]
    fn a_child_is_told_its_first_port_and_each_of_them() {
        let addresses = ports().find(&ANY, &BTreeSet::new()).unwrap();
        let told = variables(&ANY, &addresses);
        let names: Vec<_> = told.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["PORT", "PORT_80", "PORT_81"]);
        assert!(told[0].1 == told[1].1 && told[1].1 != told[2].1);
    }

    #[test]
    fn no_port_is_one_that_the_system_or_an_ingress_gives() {
        let ports = Ports::beside(&(32_768..=60_999), "folder");
        assert_eq!(ports.all.len(), 10_000 + 2_768 + 4_536);
        for _ in 0..50 {
            let given = ports.find(&ANY, &BTreeSet::new()).unwrap()[&80].port;
            assert!(!(20_000..=29_999).contains(&given) && !(32_768..=60_999).contains(&given), "{given}");
        }
    }

    #[test]
    fn every_folder_has_an_order_of_its_own_and_no_port_is_given_again_at_once() {
        let first = |ports: &Ports| ports.find(&ANY[..1], &BTreeSet::new()).unwrap()[&80].port;
        let orders = ["a", "b", "c"].map(|seed| Ports::beside(&GIVEN_BY_SYSTEM, seed));
        let seen: BTreeSet<_> = orders.iter().flat_map(|ports| [first(ports), first(ports)]).collect();
        assert_eq!(seen.len(), 6);
    }

    #[test]
    fn where_the_system_gives_all_ports_one_of_those_is_given() {
        let ports = Ports::beside(&(1..=65_535), "folder");
        assert!(ports.all.is_empty() && ports.find(&ANY, &BTreeSet::new()).unwrap().len() == 2);
    }

    #[test]
    fn what_the_system_says_is_two_numbers() {
        assert_eq!(range("32768\t60999\n"), Some(32_768..=60_999));
        assert_eq!((range("32768"), range("a b"), range("")), (None, None, None));
    }
}
