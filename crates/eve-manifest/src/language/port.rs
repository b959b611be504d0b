//! Ports.

use eve_core::desired::{Port, Protocol};
use serde_json::{Value as Json, json};

use crate::codes;
use crate::grammar::{Definitions, Reader, Shape};
use crate::problem::Note;
use crate::tree::Node;

/// A port: `8080`, `"3000:8080"`, each with `/tcp` or `/udp`.
#[derive(Debug, Clone)]
pub(crate) struct PortText(pub(crate) Port);

impl Shape for PortText {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = String::read(node, reader)?;
        let (numbers, protocol) = match text.split_once('/') {
            None | Some((_, "tcp")) => (text.split('/').next().unwrap_or_default(), Protocol::Tcp),
            Some((numbers, "udp")) => (numbers, Protocol::Udp),
            Some(_) => return bad(node, &text, reader),
        };
        let mut parts = numbers.rsplit(':');
        let inside = parts.next().unwrap_or_default();
        let outside = parts.next();
        if parts.next().is_some() || numbers.contains('-') {
            let message =
                format!("`{}`: addresses of the host and ranges of ports are not supported", text.escape_debug());
            let problem = Note::error(codes::UNSUPPORTED, node.span, message);
            reader.report.add(problem.hint("write one port a line: 8080, or 3000:8080 for a fixed one of the host"));
            return None;
        }
        let (Some(number), Some(published)) = (number(inside), outside.map_or(Some(None), |n| number(n).map(Some)))
        else {
            return bad(node, &text, reader);
        };
        let mut port = Port::tcp(number);
        port.protocol = protocol;
        port.published = published;
        Some(Self(port))
    }

    fn schema(_: &mut Definitions) -> Json {
        json!({ "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": 65_535 },
            { "type": "string", "pattern": "^([0-9]+:)?[0-9]+(/(tcp|udp))?$" },
        ]})
    }
}

fn number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number > 0)
}

fn bad(node: &Node, text: &str, reader: &mut Reader<'_>) -> Option<PortText> {
    let message = format!("`{}` is not a port", text.escape_debug());
    reader.bad_value(node, message, "write a number from 1 to 65535, \"3000:8080\" or \"53/udp\"")
}
