//! Ports for instances.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

use eve_core::desired::Port;
use eve_core::{Address, Error, Result, codes};

/// Gives every declared port of an instance a port of the machine.
///
/// A free port is found by binding it and letting go again, so between that and the child's own
/// bind somebody else can take it; the child then fails to listen and says so itself. What was given
/// to an instance of ours is not given again while that one is held.
#[derive(Debug, Default)]
pub(super) struct Ports {
    given: Mutex<BTreeSet<u16>>,
}

impl Ports {
    const HOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

    /// # Errors
    /// `port.taken` if a fixed port is in use, or no port is left.
    pub(super) fn give(&self, ports: &[Port]) -> Result<BTreeMap<u16, Address>> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        // Held until all are found: the system would give the same one twice.
        let mut held = Vec::new();
        let mut addresses = BTreeMap::new();
        for port in ports {
            let found = match port.published {
                Some(fixed) => bind(fixed).map_err(|e| taken(fixed, e))?,
                None => loop {
                    let found = bind(0).map_err(|e| taken(0, e))?;
                    if !given.contains(&found.1) {
                        break found;
                    }
                    held.push(found.0);
                },
            };
            held.push(found.0);
            addresses.insert(port.number, Address::new(Self::HOST.to_string(), found.1));
        }
        given.extend(addresses.values().map(|address| address.port));
        Ok(addresses)
    }

    /// Takes an instance's ports back.
    pub(super) fn take_back(&self, addresses: &BTreeMap<u16, Address>) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        for address in addresses.values() {
            given.remove(&address.port);
        }
    }
}

fn bind(port: u16) -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind((Ports::HOST, port))?;
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

    #[test]
    fn a_fixed_port_that_is_in_use_is_refused() {
        let (_held, port) = bind(0).unwrap();
        let mut wanted = Port::tcp(80);
        wanted.published = Some(port);
        assert_eq!(Ports::default().give(&[wanted]).unwrap_err().code(), &codes::PORT_TAKEN);
    }

    #[test]
    fn no_port_is_given_twice() {
        let ports = Ports::default();
        let mut seen = BTreeSet::new();
        for _ in 0..200 {
            for address in ports.give(&[Port::tcp(80), Port::tcp(81)]).unwrap().into_values() {
                assert!(seen.insert(address.port));
            }
        }
    }
}
