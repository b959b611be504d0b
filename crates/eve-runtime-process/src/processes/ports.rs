//! Ports for children.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, TcpListener};

use eve_core::{Address, Error, Result, codes};

use super::ChildPort;

const HOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Finds a port of the machine for every port of a child; `given` are those of other children that live.
///
/// A free port is found by binding it and letting go again, so between that and the child's own
/// bind somebody else can take it; the child then fails to listen and says so itself.
///
/// # Errors
/// `port.taken` if a fixed port is in use, or no port is left.
pub(super) fn find(ports: &[ChildPort], given: &BTreeSet<u16>) -> Result<BTreeMap<u16, Address>> {
    // Held until all are found: the system would give the same one twice.
    let mut held = Vec::new();
    let mut addresses = BTreeMap::new();
    for port in ports {
        let (listener, found) = match port.fixed {
            // Whoever was given it may not listen yet.
            Some(fixed) if given.contains(&fixed) => return Err(taken(fixed, io::ErrorKind::AddrInUse.into())),
            Some(fixed) => bind(fixed).map_err(|e| taken(fixed, e))?,
            None => loop {
                let (listener, found) = bind(0).map_err(|e| taken(0, e))?;
                if !given.contains(&found) {
                    break (listener, found);
                }
                held.push(listener);
            },
        };
        held.push(listener);
        addresses.insert(port.number, Address::new(HOST.to_string(), found));
    }
    Ok(addresses)
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

    #[test]
    fn a_fixed_port_that_is_in_use_is_refused() {
        let (_held, port) = bind(0).unwrap();
        let wanted = ChildPort { number: 80, fixed: Some(port) };
        assert_eq!(find(&[wanted], &BTreeSet::new()).unwrap_err().code(), &codes::PORT_TAKEN);
    }

    #[test]
    fn a_fixed_port_that_another_child_was_given_is_refused() {
        let given = find(&ANY, &BTreeSet::new()).unwrap()[&80].port;
        let wanted = ChildPort { number: 80, fixed: Some(given) };
        assert_eq!(find(&[wanted], &BTreeSet::from([given])).unwrap_err().code(), &codes::PORT_TAKEN);
    }

    #[test]
    fn no_port_is_given_twice() {
        let mut seen = BTreeSet::new();
        for _ in 0..200 {
            for address in find(&ANY, &seen).unwrap().into_values() {
                assert!(seen.insert(address.port));
            }
        }
    }

    #[test]
    fn a_child_is_told_its_first_port_and_each_of_them() {
        let addresses = find(&ANY, &BTreeSet::new()).unwrap();
        let told = variables(&ANY, &addresses);
        let names: Vec<_> = told.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["PORT", "PORT_80", "PORT_81"]);
        assert!(told[0].1 == told[1].1 && told[1].1 != told[2].1);
    }
}
