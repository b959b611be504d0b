//! Ports.

use std::net::IpAddr;

use eve_core::desired::{Port, Protocol};
use schemars::{Schema, json_schema};

use crate::codes;
use crate::grammar::{Definitions, Mapping as _, Reader, Shape, mapping, or_variables, words};
use crate::problem::Note;
use crate::tree::{Node, Value};

words! {
    /// The transport of a port.
    ProtocolWord {
        Tcp = "tcp";
        Udp = "udp";
    }
}

mapping! {
    /// A port, with a key for each part of it.
    PortMapping = "port" extensible {
        /// The port on which the service listens.
        target: Number = "target", required;
        /// A fixed port of the host that leads there.
        published: Number = "published";
        /// The address of the host on which it is published. 127.0.0.1 by default.
        host_ip: HostIp = "host_ip";
        /// tcp (the default) or udp.
        protocol: ProtocolWord = "protocol" else "tcp";
    }
    not_used {
        "app_protocol": "What is spoken there.";
        "mode": "How it is published in a cluster.";
        "name": "A name for people.";
    }
}

/// A port: `8080`, `"3000:8080"`, `"127.0.0.1:3000:8080"`, each with `/tcp` or `/udp`, or a mapping.
#[derive(Debug, Clone)]
pub(crate) struct PortText(pub(crate) Port);

/// The number of a port.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number(u16);

/// An address of the host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostIp(IpAddr);

impl Shape for PortText {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.value, Value::Mapping(_)) {
            return of_mapping(&PortMapping::read(node, reader)?, node, reader);
        }
        let text = String::read(node, reader)?;
        let (numbers, protocol) = match text.split_once('/') {
            None | Some((_, "tcp")) => (text.split('/').next().unwrap_or_default(), Protocol::Tcp),
            Some((numbers, "udp")) => (numbers, Protocol::Udp),
            Some(_) => return bad(node, &text, reader),
        };
        let mut parts = numbers.rsplitn(3, ':');
        let inside = parts.next().unwrap_or_default();
        let (outside, host) = (parts.next(), parts.next());
        if is_range(inside) || outside.is_some_and(is_range) {
            return range(node, &text, reader);
        }
        // An empty number between two colons lets Compose choose one.
        let outside = outside.filter(|outside| host.is_none() || !outside.is_empty());
        let (Some(number), Some(published), Some(host)) = (
            number(inside),
            outside.map_or(Some(None), |text| number(text).map(Some)),
            host.map_or(Some(None), |text| address(text).map(Some)),
        ) else {
            return bad(node, &text, reader);
        };
        port(number, protocol, published, host, node, reader)
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let port = json_schema!({ "anyOf": [
            { "title": "a port", "type": "integer", "minimum": 1, "maximum": 65_535 },
            { "title": "a port and where it is published", "type": "string", "pattern": r"^(([0-9.]+:|\[[0-9A-Fa-f:.]+\]:)?[0-9]+:)?[0-9]+(/(tcp|udp))?$" },
            PortMapping::schema(definitions),
        ]});
        or_variables(port, definitions)
    }
}

impl Shape for Number {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        match number(&text) {
            Some(number) => Some(Self(number)),
            None if is_range(&text) => range(node, &text, reader),
            None => {
                let message = format!("`{}` is not the number of a port", text.escape_debug());
                reader.bad_value(node, message, "write a number from 1 to 65535")
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let number = json_schema!({ "title": "a port", "type": ["integer", "string"], "minimum": 1, "maximum": 65_535, "pattern": "^[0-9]+$" });
        or_variables(number, definitions)
    }
}

impl Shape for HostIp {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        let Some(address) = address(&text) else {
            let message = format!("`{}` is not an address of the host", text.escape_debug());
            return reader.bad_value(node, message, "write 127.0.0.1, 0.0.0.0 or ::1, for example");
        };
        Some(Self(address))
    }

    fn schema(_: &mut Definitions) -> Schema {
        json_schema!({ "title": "an address of the host", "type": "string" })
    }
}

fn of_mapping(written: &PortMapping, node: &Node, reader: &mut Reader<'_>) -> Option<PortText> {
    let unreadable = [
        written.says("published") && written.published.is_none(),
        written.says("host_ip") && written.host_ip.is_none(),
        written.says("protocol") && written.protocol.is_none(),
    ];
    if unreadable.contains(&true) {
        return None;
    }
    let protocol = match written.protocol.as_ref().map(|at| at.value) {
        None | Some(ProtocolWord::Tcp) => Protocol::Tcp,
        Some(ProtocolWord::Udp) => Protocol::Udp,
    };
    let published = written.published.as_ref().map(|at| at.value.0);
    let host = written.host_ip.as_ref().map(|at| at.value.0);
    port(written.target.as_ref()?.value.0, protocol, published, host, node, reader)
}

fn port(
    number: u16,
    protocol: Protocol,
    published: Option<u16>,
    host: Option<IpAddr>,
    node: &Node,
    reader: &mut Reader<'_>,
) -> Option<PortText> {
    if host.is_some() && published.is_none() {
        let text = "a port at an address of the host needs a fixed number there";
        let problem = Note::error(codes::UNSUPPORTED, node.span, text);
        reader.report.add(problem.hint("write \"127.0.0.1:3000:8080\", or the port of the service alone"));
        return None;
    }
    let mut port = Port::tcp(number);
    port.protocol = protocol;
    port.published = published;
    port.host = host;
    Some(PortText(port))
}

fn number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number > 0)
}

/// An address, where one of IPv6 may stand in brackets.
fn address(text: &str) -> Option<IpAddr> {
    match text.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}

fn is_range(text: &str) -> bool {
    text.contains('-')
}

fn range<T>(node: &Node, text: &str, reader: &mut Reader<'_>) -> Option<T> {
    let message = format!("`{}`: ranges of ports are not supported", text.escape_debug());
    let problem = Note::error(codes::UNSUPPORTED, node.span, message);
    reader.report.add(problem.hint("write one port a line: 8080, or 3000:8080 for a fixed one of the host"));
    None
}

fn bad(node: &Node, text: &str, reader: &mut Reader<'_>) -> Option<PortText> {
    let message = format!("`{}` is not a port", text.escape_debug());
    let forms = "write a number from 1 to 65535, \"3000:8080\", \"127.0.0.1:3000:8080\" or \"53/udp\"";
    reader.bad_value(node, message, forms)
}
