//! Ports that are reached from outside as they are.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use eve_core::HostName;
use eve_core::desired::Protocol;

use crate::codes;
use crate::model::{Declared, Place};
use crate::problem::{Note, Report};

/// How many listeners a service may have.
const LISTENERS: RangeInclusive<usize> = 1..=20;
/// The ports that clusters give to their own.
const OF_CLUSTERS: RangeInclusive<u16> = 30_000..=32_767;

pub(super) fn check(declared: &Declared, report: &mut Report) {
    let service = &declared.service;
    let Some(at) = service.x_eve().and_then(|x| x.tcp_ingress.as_ref()) else { return };
    let Some(listeners) = at.value.listeners.as_ref().filter(|_| !service.is_job() && service.is_made()) else {
        return;
    };
    if !LISTENERS.contains(&listeners.value.len()) {
        let text = format!("{} listeners, and 1 to 20 are allowed", listeners.value.len());
        report.add(Note::error(codes::BAD_VALUE, listeners.span, text).hint("write 1 to 20 of them"));
    }
    let (mut names, mut ports) = (HashSet::new(), HashSet::new());
    for listener in listeners.value.iter().map(|at| &at.value) {
        if let Some(name) = listener.name.as_ref().filter(|name| !names.insert(&name.value)) {
            let text = format!("two listeners are named `{}`", name.value.0);
            report.add(Note::error(codes::NAME_COLLISION, name.span, text).hint("rename one of them"));
        }
        let Some(port) = &listener.port else { continue };
        let tcp = service.ports().iter().filter(|known| known.value.0.protocol == Protocol::Tcp);
        if !ports.insert(port.value) {
            let text = format!("two listeners have the port {}", port.value);
            report.add(Note::error(codes::CONFLICT, port.span, text).hint("remove one of them"));
        } else if OF_CLUSTERS.contains(&port.value) {
            let text = format!("port {} is one of those that clusters give to their own", port.value);
            report.add(Note::error(codes::BAD_VALUE, port.span, text).hint("use a port outside of 30000 to 32767"));
        } else if !tcp.clone().any(|known| known.value.0.number == port.value) {
            let known: Vec<_> = tcp.map(|known| known.value.0.number.to_string()).collect();
            let hint =
                if known.is_empty() { "add `ports`".to_owned() } else { format!("its ports: {}", known.join(", ")) };
            let text = format!("`{}` has no TCP port {}", declared.name, port.value);
            report.add(Note::error(codes::UNKNOWN_REFERENCE, port.span, text).hint(hint));
        }
    }
}

/// Reports hosts that are claimed for requests and for ports as they are.
pub(super) fn across(place: &Place, report: &mut Report) {
    let mut domains: HashMap<&HostName, &Declared> = HashMap::new();
    for declared in place.services.iter().filter(|declared| place.runs(declared)) {
        let ingress = declared.service.x_eve().and_then(|x| x.ingress.as_ref());
        let own = ingress.and_then(|at| at.value.domains.as_ref()).into_iter().flat_map(|at| &at.value);
        domains.extend(own.map(|at| (&at.value, &**declared)));
    }
    for declared in &place.services {
        let tcp = declared.service.x_eve().and_then(|x| x.tcp_ingress.as_ref());
        let Some(host) = tcp.and_then(|at| at.value.hostname.as_ref()) else { continue };
        if let Some(other) = domains.get(&host.value) {
            let text = format!("`{}` is a host of `{}` for requests already", host.value, other.name);
            report.add(Note::error(codes::NAME_COLLISION, host.span, text).hint("choose another one"));
        }
    }
}
